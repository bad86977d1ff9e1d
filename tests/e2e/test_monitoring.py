"""What operators see of logins: Prometheus' figures, CloudWatch's metrics read by real clients of three protocols, and
the Grafana dashboard that is made of them."""

import datetime
import json
import pathlib
import re
import urllib.error
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from support.api import refused
from support.aws import Aws, Principal, administrator, allow, client, document, new_principal
from support.server import REPOSITORY, Server
from support.tokens import with_signature_altered

DASHBOARD = REPOSITORY / "packaging/grafana/countersign.json"
DEBIAN = pathlib.Path("/usr/bin/aws")
METRIC = "IamDbAuthConnection"
FIGURE = "countersign_iam_db_auth_connection_"
CAUSES = ("InvalidToken", "InsufficientPermissions", "Throttling", "ServerError")


@pytest.fixture(scope="module", name="server")
def _server():
    """One that serves the figures of all databases, by their names."""
    made = Server("--metrics-listen", "127.0.0.1:0")
    try:
        yield made.start()
    finally:
        made.close()


def prometheus(server):
    """Each series of /metrics: its name and labels to its value."""
    with urllib.request.urlopen(server.ready["metrics"] + "/metrics", timeout=60) as answer:
        text = answer.read().decode()
    return {(name, frozenset(re.findall(r'(\w+)="(.*?)"', labels))): float(value)
            for name, labels, value in re.findall(r"^([a-z_]+)(?:\{(.*?)\})? (\S+)$", text, re.MULTILINE)}


def total(series, name, **labels):
    return sum(value for (found, its), value in series.items() if found == name and labels.items() <= dict(its).items())


def window():
    """All that a test can have done, with ends that rounding to minutes does not cut off."""
    now = datetime.datetime.now(datetime.UTC)
    return now - datetime.timedelta(hours=2), now + datetime.timedelta(minutes=2)


def query(name, number=0, database="c1", **stat):
    return {"Id": f"q{number}", "MetricStat": {
        "Metric": {"Namespace": "AWS/RDS", "MetricName": METRIC + name,
                   "Dimensions": [{"Name": "DBClusterIdentifier", "Value": database}]},
        "Period": 60, "Stat": "Sum"} | stat}


def figures(cloudwatch):
    """The sums of the seven metrics of the cluster, by the rest of their names."""
    start, end = window()
    names = ["Requests", "Success", "Failure", *("Failure" + cause for cause in CAUSES)]
    queries = [query(name, number, Unit="Count") for number, name in enumerate(names)]
    answer = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=start, EndTime=end)
    return {name: sum(result["Values"]) for name, result in zip(names, answer["MetricDataResults"])}


def difference(after, before):
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


@pytest.fixture(scope="module", name="cloudwatch")
def _cloudwatch(server):
    return client(server, "cloudwatch")


@pytest.fixture(scope="module", name="nobody")
def _nobody(server):
    """A principal that may nothing."""
    return new_principal(server, "nobody")


@pytest.fixture(scope="module", name="story", autouse=True)
def _story(stock, everybody, nobody):
    """Logins of several kinds, once: their figures are there afterwards."""
    assert stock.login.psql("jane", stock.token(everybody, "jane"), "SELECT 1").returncode == 0
    for user, password in (("jane", stock.token(nobody, "jane")),
                           ("jane", with_signature_altered(stock.token(everybody, "jane"))),
                           ("bob", stock.token(everybody, "bob"))):
        mark = len(stock.server.logins())
        assert stock.login.psql(user, password, "SELECT 1", check=False).returncode != 0
        stock.recorded_since(mark, user)


# --- Prometheus


def test_each_login_counts_once(server, stock, everybody, nobody):
    attempts = {
        "success": stock.token(everybody, "jane"),
        "failure_invalid_token": stock.token(everybody, "dora"),
        "failure_insufficient_permissions": stock.token(nobody, "jane"),
    }
    for figure, password in attempts.items():
        before = prometheus(server)
        stock.login.psql("jane", password, "SELECT 1", check=False)
        after = prometheus(server)
        changed = {name.removeprefix(FIGURE).removesuffix("_total") for name, labels in after
                   if name.startswith(FIGURE) and after[name, labels] != before.get((name, labels), 0)}
        assert changed == {"requests", figure, *(["failure"] if figure != "success" else [])}
        labels = {"database": "c1", "resource_id": stock.resource_id, "region": server.region}
        assert total(after, FIGURE + "requests_total", **labels) == total(
            after, FIGURE + "success_total", **labels) + total(after, FIGURE + "failure_total", **labels)


def test_what_never_reaches_iam_is_a_login_alone(server, stock, everybody):
    before, mark = prometheus(server), len(server.logins())
    stock.login.psql("bob", stock.token(everybody, "bob"), "SELECT 1", check=False)
    stock.recorded_since(mark, "bob")
    after = prometheus(server)
    for name, labels, step in (("countersign_logins_total", {"check": "role", "database": "c1"}, 1),
                               (FIGURE + "requests_total", {}, 0)):
        assert total(after, name, **labels) - total(before, name, **labels) == step, name


def test_no_label_comes_from_a_client(server, stock):
    stock.login.psql("jane", "c1.example:5432/?Action=connect&DBUser=evil", "SELECT 1", check=False)
    refused(client(server, "iam").get_user, UserName="evil")
    assert not [series for series in prometheus(server) if "evil" in str(series)]


# --- CloudWatch


def test_requests_are_successes_and_failures(cloudwatch, stock, everybody, nobody):
    for password, changed in (
            (stock.token(everybody, "jane"), {"Requests": 1, "Success": 1}),
            (stock.token(nobody, "jane"), {"Requests": 1, "Failure": 1, "FailureInsufficientPermissions": 1}),
            (with_signature_altered(stock.token(everybody, "jane")),
             {"Requests": 1, "Failure": 1, "FailureInvalidToken": 1}),
            ("not a token", {"Requests": 1, "Failure": 1, "FailureInvalidToken": 1})):
        before = figures(cloudwatch)
        stock.login.psql("jane", password, "SELECT 1", check=False)
        after = figures(cloudwatch)
        assert difference(after, before) == changed
        assert after["Requests"] == after["Success"] + after["Failure"]
        assert after["Failure"] == sum(after["Failure" + cause] for cause in CAUSES)


def test_list_metrics(server, cloudwatch):
    pages = list(cloudwatch.get_paginator("list_metrics").paginate(Namespace="AWS/RDS", RecentlyActive="PT3H"))
    listed = [metric for page in pages for metric in page["Metrics"]]
    assert len(listed) == 7 and all(metric["Namespace"] == "AWS/RDS" for metric in listed)
    assert listed[0]["Dimensions"] == [{"Name": "DBClusterIdentifier", "Value": "c1"}]
    one = cloudwatch.list_metrics(MetricName=METRIC + "Success", Dimensions=[{"Name": "DBClusterIdentifier"}])
    assert [metric["MetricName"] for metric in one["Metrics"]] == [METRIC + "Success"]
    assert cloudwatch.list_metrics(Namespace="AWS/EC2")["Metrics"] == []
    assert client(server, "cloudwatch", region="eu-west-1").list_metrics()["Metrics"] == []


def ask_with_the_cli(aws):
    start, end = (moment.isoformat() for moment in window())
    times = ("--start-time", start, "--end-time", end)
    assert len(aws("cloudwatch", "list-metrics", "--namespace", "AWS/RDS")["Metrics"]) == 7
    answer = aws("cloudwatch", "get-metric-statistics", "--namespace", "AWS/RDS", "--metric-name",
                 METRIC + "Requests", "--dimensions", "Name=DBClusterIdentifier,Value=c1", "--period", "3600", *times,
                 "--statistics", "Sum", "Average", "Minimum", "Maximum", "SampleCount")
    assert answer["Label"] == METRIC + "Requests" and answer["Datapoints"]
    for point in answer["Datapoints"]:
        assert point["Unit"] == "Count" and point["Sum"] == pytest.approx(point["Average"] * point["SampleCount"])
        assert point["Minimum"] <= point["Average"] <= point["Maximum"] <= point["Sum"]
    asked = query("Requests", Period=300) | {"Label": "asked"}
    (result,) = aws("cloudwatch", "get-metric-data", "--metric-data-queries", json.dumps([asked]),
                    *times)["MetricDataResults"]
    assert (result["Id"], result["Label"], result["StatusCode"]) == ("q0", "asked", "Complete")
    assert sum(result["Values"]) == sum(point["Sum"] for point in answer["Datapoints"]) > 0
    assert result["Timestamps"] == sorted(result["Timestamps"], reverse=True)
    error = aws.refused("cloudwatch", "get-metric-data", "--metric-data-queries",
                        json.dumps([query("Requests", Stat="p99")]), *times)
    assert error.code == "ValidationError" and "p99" in error.message


def test_the_cli_of_today(aws):
    ask_with_the_cli(aws)


def test_the_cli_of_debian(server):
    if not DEBIAN.exists():
        pytest.skip(f"{DEBIAN} is not installed (apt-get install awscli)")
    old = Aws(server)
    old.environment["PATH"] = f"{DEBIAN.parent}:/bin"
    old.prologue += f'unset AWS_ENDPOINT_URL\naws() {{ {DEBIAN} --endpoint-url {server.url} "$@"; }}\n'
    ask_with_the_cli(old)


def by_hand(server, target, body, service="monitoring", **headers):
    """One awsJson request; the status, the answer and its headers."""
    principal = administrator(server)
    request = botocore.awsrequest.AWSRequest(
        "POST", server.url + "/", data=json.dumps(body),
        headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target, **headers})
    keys = botocore.credentials.Credentials(principal.key_id, principal.secret)
    botocore.auth.SigV4Auth(keys, service, server.region).add_auth(request)
    sent = urllib.request.Request(server.url + "/", request.data.encode(), dict(request.headers.items()))
    try:
        with urllib.request.urlopen(sent, timeout=60) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers


def test_json_as_other_sdks_send_it(server):
    target = "GraniteServiceVersion20100801."
    status, answer, headers = by_hand(server, target + "ListMetrics", {"Namespace": "AWS/RDS"})
    assert status == 200 and len(answer["Metrics"]) == 7
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    start, end = window()
    question = {"Namespace": "AWS/RDS", "MetricName": METRIC + "Requests", "Period": 60, "Statistics": ["Sum"],
                "StartTime": start.timestamp(), "EndTime": end.timestamp(),
                "Dimensions": [{"Name": "DBClusterIdentifier", "Value": "c1"}]}
    status, answer, _ = by_hand(server, target + "GetMetricStatistics", question)
    assert status == 200 and answer["Datapoints"][0]["Timestamp"] % 60 == 0
    status, answer, headers = by_hand(server, target + "GetMetricStatistics", question | {"Period": 61},
                                      **{"X-Amzn-Query-Mode": "true"})
    assert (status, answer["__type"]) == (400, "InvalidParameterValueException")
    assert headers["x-amzn-query-error"] == "InvalidParameterValue;Sender"
    for words in (target + "Nothing", "Nothing.ListMetrics", "nothing"):
        status, answer, _ = by_hand(server, words, {})
        assert (status, answer["__type"]) == (400, "UnknownOperationException")
    status, answer, _ = by_hand(server, target + "ListMetrics", [])
    assert (status, answer["__type"]) == (400, "SerializationException")
    status, answer, _ = by_hand(server, target + "ListMetrics", {}, service="rds")
    assert (status, answer["__type"]) == (400, "UnknownOperationException")


def test_metric_data_comes_in_pages(cloudwatch):
    start, end = window()
    queries = [query(name, number) for number, name in enumerate(("Requests", "Success", "Failure"))]
    question = {"MetricDataQueries": queries, "StartTime": start, "EndTime": end, "ScanBy": "TimestampAscending"}
    whole = cloudwatch.get_metric_data(**question)["MetricDataResults"]
    pages = list(cloudwatch.get_paginator("get_metric_data").paginate(**question, MaxDatapoints=1))
    assert len(pages) == sum(len(result["Values"]) for result in whole) >= 3
    for result in whole:
        parts = [part for page in pages for part in page["MetricDataResults"] if part["Id"] == result["Id"]]
        assert [value for part in parts for value in part["Values"]] == result["Values"]
        assert parts[-1]["StatusCode"] == "Complete"
    code, _, status = refused(cloudwatch.get_metric_data, **question, NextToken="bm9uc2Vuc2U=")
    assert (code, status) == ("InvalidNextToken", 400)


def test_what_is_refused(cloudwatch):
    start, end = window()
    good = query("Requests")
    for queries, said in (
            ([{"Id": "e1", "Expression": "SUM(METRICS())"}], "expressions are not supported"),
            ([good | {"Id": "Q"}], "expected pattern"),
            ([good, good], "not unique"),
            ([query("Requests", Period=90)], "multiple of 60"),
            ([good | {"ReturnData": False}], "return data"),
            ([{"Id": "q"}], "MetricStat")):
        code, message, status = refused(cloudwatch.get_metric_data, MetricDataQueries=queries, StartTime=start,
                                        EndTime=end)
        assert (code, status) == ("ValidationError", 400) and said in message
    code, message, _ = refused(cloudwatch.get_metric_statistics, Namespace="AWS/RDS", Period=60,
                               MetricName=METRIC + "Requests", StartTime=end - datetime.timedelta(days=14),
                               EndTime=end, Statistics=["Sum"])
    assert code == "InvalidParameterCombination" and "exceeds the limit of 1,440" in message


def test_figures_survive_a_kill_and_a_restart(server, stock, everybody):
    stock.login.psql("jane", stock.token(everybody, "jane"), "SELECT 1")
    before = figures(client(server, "cloudwatch"))
    server.kill9()
    server.start()
    assert figures(client(server, "cloudwatch")) == before
    server.restart()
    assert figures(client(server, "cloudwatch")) == before
    stock.until_it_answers()
    before = figures(client(server, "cloudwatch"))
    stock.login.psql("jane", stock.token(everybody, "jane"), "SELECT 1")
    assert difference(figures(client(server, "cloudwatch")), before) == {"Requests": 1, "Success": 1}


def test_other_accounts_see_nothing(server):
    made = json.loads(server.command("account", "create", "stranger", "--json").stdout)["AccessKey"]
    stranger = client(server, "cloudwatch", Principal(made["AccessKeyId"], made["SecretAccessKey"]))
    assert stranger.list_metrics()["Metrics"] == []
    assert set(figures(stranger).values()) == {0}


def test_reading_needs_its_right(server, nobody):
    code, message, _ = refused(client(server, "cloudwatch", nobody).list_metrics)
    assert code == "AccessDenied" and "cloudwatch:ListMetrics" in message
    reader = new_principal(server, "reader", [document(allow("cloudwatch:GetMetricData", "*"))])
    assert figures(client(server, "cloudwatch", reader))["Requests"] > 0
    start, end = window()
    code, message, _ = refused(client(server, "cloudwatch", reader).get_metric_statistics, Namespace="AWS/RDS",
                               MetricName="x", StartTime=start, EndTime=end, Period=60, Statistics=["Sum"])
    assert code == "AccessDenied" and "cloudwatch:GetMetricStatistics" in message


# --- Grafana


def test_the_dashboard_shows_what_there_is(server, stock, everybody):
    board = json.loads(DASHBOARD.read_text())
    assert {"title", "uid", "schemaVersion", "panels", "templating", "time", "refresh"} <= board.keys()
    assert board["id"] is None and board["__inputs"][0]["pluginId"] == "prometheus"
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all({"type", "title", "gridPos", "targets"} <= panel.keys() for panel in panels)
    named = {name for panel in panels for target in panel["targets"]
             for name in re.findall(r"countersign_[a-z_]+", target["expr"])}
    for password in (stock.token(everybody, "jane"), "not a token"):
        stock.login.psql("jane", password, "SELECT 1", check=False)
    known = {name for name, _ in prometheus(server)}
    assert len(named) >= 5 and named <= known, named - known


def test_the_dashboards_expressions_are_well_formed():
    functions = {"sum", "rate", "increase", "histogram_quantile", "by"}
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            text = re.sub(r'"[^"]*"', '""', target["expr"])
            assert all(text.count(one) == text.count(other) for one, other in ("()", "{}", "[]"))
            assert set(re.findall(r"(\w+) ?\(", text)) <= functions, text
