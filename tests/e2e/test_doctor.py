"""countersign doctor: what is wrong on a host, each with its mend."""

import json
import stat

import pytest

from support.attaching import pam_service
from support.own_postgres import OWNER, OwnPostgres, is_root
from support.server import Server


def found(done, mark):
    return [(one["what"], one["detail"]) for one in json.loads(done.stdout)["Checks"] if one["mark"] == mark]


class Patient:
    """An attached server and its doctor."""

    def __init__(self):
        self.server = Server("--user", OWNER).start()
        self.postgres = OwnPostgres(self.server.ports.last)
        self.state = ["--state-dir", self.server.home / "state"]
        self.attach()

    def attach(self):
        self.server.command("attach", "patient", "--socket", f"{self.postgres.sockets}:{self.postgres.port}",
                            "--module-dir", self.server.home / "modules", *self.state)

    def examine(self):
        return self.server.command("doctor", "--json", *self.state, check=False)

    def broken(self):
        done = self.examine()
        assert done.returncode == 1, done.stdout
        assert "found broken" in done.stderr
        return dict(found(done, "broken"))

    @property
    def service(self):
        return pam_service(self.server.home / "state")

    def close(self):
        self.server.command("detach", "patient", *self.state, check=False)
        self.postgres.close()
        self.server.close()


@pytest.fixture(name="patient", scope="module")
def _patient():
    if not is_root():
        pytest.skip("a PAM service is root's to make")
    made = Patient()
    try:
        yield made
    finally:
        made.close()


def test_a_host_without_attached_servers_is_well(server, tmp_path):
    done = server.command("doctor", "--json", "--state-dir", tmp_path)
    assert not found(done, "broken")
    assert ("attached servers", "none on this host") in found(done, "good")
    assert {"countersign", "pam_countersign.so", "control plane", "clock", "PostgreSQL"} <= {
        what for what, _ in found(done, "good")}


def test_an_attached_server_is_well(patient):
    done = patient.examine()
    assert done.returncode == 0, done.stdout
    assert not found(done, "broken") and not found(done, "warning")
    for part in ("PAM service", "PAM module", "pg_hba.conf", "control plane", "agent", "TLS", "rules", "role rds_iam"):
        assert any(what == f"patient: {part}" for what, _ in found(done, "good")), part
    text = patient.server.command("doctor", *patient.state).stdout
    assert "✓ patient: agent: listens at" in text


def test_a_missing_service_file(patient):
    patient.service.unlink()
    assert "is missing" in patient.broken()["patient: PAM service"]
    patient.attach()


def test_a_service_file_that_others_may_write(patient):
    patient.service.chmod(0o666)
    assert "changed by others" in patient.broken()["patient: PAM service"]
    patient.service.chmod(0o644)


def test_a_module_that_others_may_write(patient):
    module = patient.server.home / "modules/pam_countersign.so"
    module.chmod(stat.S_IMODE(module.stat().st_mode) | 0o002)
    assert "changed by others" in patient.broken()["patient: PAM module"]
    module.chmod(0o755)


def test_an_earlier_line_that_lets_members_in(patient):
    before = patient.postgres.hba.read_text()
    patient.postgres.hba.write_text("host all all 127.0.0.1/32 scram-sha-256\n" + before)
    assert "line 1 of pg_hba.conf (host, scram-sha-256) lets members of rds_iam in" in patient.broken()["patient: rules"]
    patient.postgres.hba.write_text(before)


def test_lines_that_are_gone(patient):
    before = patient.postgres.hba.read_text()
    patient.postgres.hba.write_text("local all all peer\n")
    broken = patient.broken()
    assert "lacks Countersign's lines" in broken["patient: pg_hba.conf"]
    assert "no line of pg_hba.conf asks Countersign" in broken["patient: rules"]
    patient.postgres.hba.write_text(before)


def test_a_role_that_was_dropped(patient):
    patient.postgres.sql("DROP ROLE rds_iam")
    assert "does not exist" in patient.broken()["patient: role rds_iam"]
    patient.attach()


def test_members_who_are_worth_a_word(patient):
    patient.postgres.sql("GRANT rds_iam TO app; CREATE ROLE chief SUPERUSER LOGIN IN ROLE rds_iam")
    warned = dict(found(patient.examine(), "warning"))
    assert "app" in warned["patient: members with a password"]
    assert "chief" in warned["patient: members who are superusers"]
    patient.postgres.sql("REVOKE rds_iam FROM app; DROP ROLE chief")


def test_tls_that_was_turned_off(patient):
    patient.postgres.sql("ALTER SYSTEM SET ssl = off")
    patient.postgres.sql("SELECT pg_reload_conf()")
    assert "every token is refused" in patient.broken()["patient: TLS"]
    patient.postgres.sql("ALTER SYSTEM RESET ssl")
    patient.postgres.sql("SELECT pg_reload_conf()")


def test_a_certificate_that_is_about_to_end(patient):
    certificate = patient.postgres.data / "server.crt"
    before = certificate.read_text()
    patient.postgres.make_certificate(days=2)
    assert "ends in 1 days" in dict(found(patient.examine(), "warning"))["patient: TLS"]
    assert certificate.read_text() != before
    patient.postgres.make_certificate()


def test_a_server_that_does_not_run(patient):
    patient.postgres.stop()
    assert "patient: PostgreSQL" in patient.broken()
    patient.postgres.start()


def test_a_control_plane_that_does_not_run(patient):
    patient.server.stop()
    broken = patient.broken()
    assert "no server runs" in broken["control plane"]
    assert "agent.sock" in broken["patient: agent"] or "refused" in broken["patient: agent"]
    patient.server.start()
    assert patient.examine().returncode == 0
