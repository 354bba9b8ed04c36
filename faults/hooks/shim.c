/* Put in front of libc by LD_PRELOAD: fails a write or a flush of a database with EIO, and moves the clock.

   FAULTS_EIO    names a file that holds `pwrite` or `fsync`; while it is there the next such call on a file whose
                 name has `comments.db` in it takes the file away and fails.
   FAULTS_CLOCK  names a file that holds the seconds by which the clock is wrong; it may change at any time. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int fails(int fd, const char *call) {
  const char *trigger = getenv("FAULTS_EIO");
  char link[64], name[PATH_MAX], wanted[16] = "";
  ssize_t length;
  FILE *file;
  if (!trigger || !(file = fopen(trigger, "r"))) return 0;
  if (!fgets(wanted, sizeof wanted, file)) wanted[0] = 0;
  fclose(file);
  if (strncmp(wanted, call, strlen(call)) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink(link, name, sizeof name - 1);
  if (length <= 0) return 0;
  name[length] = 0;
  /* The -shm file is memory, not disk. */
  if (!strstr(name, "comments.db") || strstr(name, "-shm") || strstr(name, ".pages")) return 0;
  return unlink(trigger) == 0;
}

#define REAL(name, type) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)
typedef ssize_t (*write_type)(int, const void *, size_t, off64_t);
typedef int (*sync_type)(int);
typedef int (*clock_type)(clockid_t, struct timespec *);

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t where) {
  REAL("pwrite64", write_type);
  if (fails(fd, "pwrite")) { errno = EIO; return -1; }
  return real(fd, data, size, where);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t where) { return pwrite64(fd, data, size, where); }

int fsync(int fd) {
  REAL("fsync", sync_type);
  if (fails(fd, "fsync")) { errno = EIO; return -1; }
  return real(fd);
}

int fdatasync(int fd) {
  REAL("fdatasync", sync_type);
  if (fails(fd, "fsync")) { errno = EIO; return -1; }
  return real(fd);
}

static long long offset(void) {
  const char *path = getenv("FAULTS_CLOCK");
  char text[32] = "";
  int fd = path ? open(path, O_RDONLY) : -1;
  if (fd < 0) return 0;
  if (read(fd, text, sizeof text - 1) < 0) text[0] = 0;
  close(fd);
  return atoll(text);
}

int clock_gettime(clockid_t kind, struct timespec *now) {
  REAL("clock_gettime", clock_type);
  int done = real(kind, now);
  if (done == 0 && kind == CLOCK_REALTIME) now->tv_sec += offset();
  return done;
}

int gettimeofday(struct timeval *now, void *zone) {
  struct timespec read;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &read) != 0) return -1;
  now->tv_sec = read.tv_sec;
  now->tv_usec = read.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *where) {
  struct timespec read;
  clock_gettime(CLOCK_REALTIME, &read);
  if (where) *where = read.tv_sec;
  return read.tv_sec;
}
