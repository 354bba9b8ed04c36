# docker build -t commentsvc . && docker run -p 8080:8080 -v comments:/data -e COMMENTSVC_BASE_URL=https://comments.example.org commentsvc

FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels -c constraints.txt '.[postgresql]'

FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels 'commentsvc[postgresql]'
RUN useradd --system --user-group --uid 10001 commentsvc && install -d -o commentsvc -g commentsvc -m 700 /data
USER commentsvc
WORKDIR /data
ENV COMMENTSVC_DATABASE_URL=sqlite:////data/commentsvc.db
# The database and, beside it, the service's secret.
VOLUME /data
EXPOSE 8080
HEALTHCHECK --start-period=20s --interval=30s --timeout=5s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["commentsvc", "serve", "--host", "0.0.0.0"]
