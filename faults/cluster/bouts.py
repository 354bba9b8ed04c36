"""What happens to the cluster, one at a time."""

import http.client
import json
import signal
import time
from collections.abc import Callable
from typing import Any

from faults.clients import API
from faults.clients import ARTICLE
from faults.clients import MODERATION
from faults.clients import ORIGIN
from faults.clients import submission
from faults.cluster.servers import Backend
from faults.cluster.stage import Cluster
from faults.looking import Looker
from faults.reconciling import compare
from faults.stage import Bout

A_WHILE = 3.0
# Whoever asks a second after a change sees it, on every host.
WITHIN = 1.0


def shared(cluster: Cluster, bout: Bout) -> None:
    """What one host decides, the other shows within a second; limits count across both."""
    one, other = cluster.backends
    slowest = 0.0
    for turn in range(10):
        text = cluster.acknowledged.next_text()
        status, posted = _ask(one, "POST", f"{API}/comments", submission(text))
        if status != 201:
            bout.wrong(f"a post was answered {status}")
            return
        comment = posted["comment"]["id"]
        cluster.acknowledged.note("comment", comment, text)
        slowest = max(slowest, _until(other, comment, is_there=True))
        told = {"act": "spam", "ids": [comment], "list": "approved"}
        _ask(one, "POST", f"{MODERATION}/decide", told, {"Authorization": f"Bearer {cluster.token}"})
        cluster.acknowledged.note("decision", comment, "spam")
        slowest = max(slowest, _until(other, comment, is_there=False))
        one, other = other, one
        if turn == 0:
            _same_page(bout, one, other)
    if slowest > WITHIN:
        bout.wrong(f"a change was seen on the other host after {slowest:.2f} s")
    _limits(cluster, bout)
    bout.notes.append(f"a change was seen on the other host after {slowest:.2f} s at most")


def host_killed(cluster: Cluster, bout: Bout) -> None:
    """All processes of one service host are killed (kill -9), and the host comes back."""
    for backend in cluster.backends:
        _through(cluster, bout, lambda backend=backend: backend.kill_host(), lambda backend=backend: backend.start())


def host_cut_off(cluster: Cluster, bout: Bout) -> None:
    """The cable of one service host is pulled: nothing is refused, nothing comes back."""
    host = cluster.backends[0].host
    assert host is not None
    _through(cluster, bout, host.pull_cable, host.plug_in)


def replica_killed(cluster: Cluster, bout: Bout) -> None:
    """The replica is killed: pages come from the primary."""
    cluster.primary.wait_for_replica(False)
    _through(cluster, bout, lambda: cluster.replica.stop(signal.SIGKILL), cluster.replica.start)


def replica_hangs(cluster: Cluster, bout: Bout) -> None:
    """The replica hangs with all its connections: pages come from the primary."""
    cluster.primary.wait_for_replica(False)
    _through(cluster, bout, cluster.replica.freeze, cluster.replica.thaw)


def failover_killed(cluster: Cluster, bout: Bout) -> None:
    """The primary is killed, and the synchronous replica is promoted."""
    cluster.primary.wait_for_replica(True)
    _fail_over(cluster, bout, lambda: cluster.primary.stop(signal.SIGKILL))


def failover_cut_off(cluster: Cluster, bout: Bout) -> None:
    """The primary's cable is pulled, and the synchronous replica is promoted."""
    cluster.primary.wait_for_replica(True)
    host = cluster.primary.host
    _fail_over(cluster, bout, host.pull_cable, end=host.plug_in)


def failover_asynchronous(cluster: Cluster, bout: Bout) -> None:
    """The primary is killed, and an asynchronous replica is promoted: the last instant may be lost."""
    cluster.primary.wait_for_replica(False)
    _fail_over(cluster, bout, lambda: cluster.primary.stop(signal.SIGKILL), is_synchronous=False)


BOUTS: dict[str, Callable[[Cluster, Bout], None]] = {
    "shared": shared,
    "host-killed": host_killed,
    "host-cut-off": host_cut_off,
    "replica-killed": replica_killed,
    "replica-hangs": replica_hangs,
    "failover-killed": failover_killed,
    "failover-cut-off": failover_cut_off,
    "failover-asynchronous": failover_asynchronous,
}


def _through(cluster: Cluster, bout: Bout, fault: Callable[[], Any], end: Callable[[], Any]) -> None:
    crowd = cluster.crowd()
    with crowd.at_work():
        crowd.all_acknowledged_since(time.monotonic())
        with cluster.watched(bout, crowd):
            fault()
            try:
                bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
                time.sleep(A_WHILE)
            finally:
                end()
            crowd.all_acknowledged_since(time.monotonic())
    bout.require_busy(crowd)
    bout.look(cluster)


def _fail_over(
    cluster: Cluster,
    bout: Bout,
    fault: Callable[[], Any],
    end: Callable[[], Any] | None = None,
    is_synchronous: bool = True,
) -> None:
    crowd = cluster.crowd()
    with crowd.at_work():
        crowd.all_acknowledged_since(time.monotonic())
        time.sleep(A_WHILE)
        with cluster.watched(bout, crowd):
            began = time.monotonic()
            fault()
            time.sleep(1)
            cluster.replica.promote()
            bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
            bout.notes.append(f"writing again {time.monotonic() - began:.1f} s after the primary was gone")
            time.sleep(A_WHILE)
    cluster.turn()
    bout.require_busy(crowd)
    if is_synchronous:
        bout.look(cluster)
    else:
        _forgive(cluster, bout)
    # Two that take writes at once would be two services: the old one is ended before anybody can reach it again.
    cluster.replica.stop(signal.SIGKILL)
    if end is not None:
        end()
    cluster.replica.follow(cluster.primary)


def _forgive(cluster: Cluster, bout: Bout) -> None:
    # What is lost is told, and not asked for any more.
    told = cluster.acknowledged.everything()
    found = compare(told, Looker(cluster.primary.url("faults")).stored())
    stored = {row.id: row for row in cluster.looker.stored().comments}
    lost = [comment for comment in told.comments if comment not in stored]
    undone = [
        comment for comment, state in told.decisions.items() if comment in stored and stored[comment].state != state
    ]
    for comment in lost:
        text = cluster.acknowledged.told.comments.pop(comment)
        cluster.acknowledged.letters = {each for each in cluster.acknowledged.letters if each[1] != text.split()[-1]}
    for comment in (*lost, *undone):
        cluster.acknowledged.told.decisions.pop(comment, None)
    bout.notes.append(f"lost with the old primary: {len(lost)} comments, {len(undone)} decisions")
    if found.doubled:
        bout.wrong(f"{found.doubled} there more than once")


def _same_page(bout: Bout, one: Backend, other: Backend) -> None:
    path = f"{API}/thread?url={ARTICLE}"
    if _ask(one, "GET", path)[1]["comments"] != _ask(other, "GET", path)[1]["comments"]:
        bout.wrong("the hosts show two different threads")


def _limits(cluster: Cluster, bout: Bout) -> None:
    # Six comments a minute from one network, on whichever host; the crowd has no limits, which are off for it.
    cluster.service.stop()
    for backend in cluster.backends:
        backend.start(variables={"COMMENTSVC_RATE_LIMITS": "on"})
    taken = 0
    for turn in range(24):
        address = {"X-Forwarded-For": "203.0.113.9"}
        sent = submission(cluster.acknowledged.next_text())
        status, answer = _ask(cluster.backends[turn % 2], "POST", f"{API}/comments", sent, address)
        if status == 201:
            taken += 1
            cluster.acknowledged.note("comment", answer["comment"]["id"], sent["body"])
    cluster.service.stop()
    cluster.start()
    if taken != 6:
        bout.wrong(f"a limit of 6 a minute let {taken} pass on two hosts")
    bout.notes.append(f"a limit of 6 a minute let {taken} of 24 pass on two hosts")


def _until(backend: Backend, comment: str, is_there: bool) -> float:
    began = time.monotonic()
    while time.monotonic() < began + 10:
        _, page = _ask(backend, "GET", f"{API}/thread?url={ARTICLE}&sort=newest")
        if any(each["id"] == comment and each.get("state") is None for each in page["comments"]) == is_there:
            break
        time.sleep(0.02)
    return time.monotonic() - began


def _ask(
    backend: Backend, method: str, path: str, sent: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(backend.address, backend.port, timeout=10)
    try:
        body = json.dumps(sent).encode() if sent is not None else None
        kind = {"Content-Type": "application/json"} if sent is not None else {}
        connection.request(method, path, body, {"Origin": ORIGIN} | kind | (headers or {}))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    finally:
        connection.close()
