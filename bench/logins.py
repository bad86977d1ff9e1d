"""Logins by token beside SCRAM-SHA-256 and trust, on servers of the measurement's own (login_servers.py)."""

import contextlib

import login_servers
from report import choose, fact, title
from support.ports import Ports

AIM_RATE, AIM_TRUST, AIM_CPU, AIM_STOCK, AIM_FAST = 1.9, 0.95, 0.9, 1.3, 1.6


def show_ratios(way, table):
    heads, *rows = [line.split() for line in table]
    for row in (dict(zip(heads, row)) for row in rows):
        if row["method"] != "token":
            continue
        clients = f"{row['clients']:>2} clients"
        if way == "preload":
            fact(f"{clients}: logins/s to SCRAM's", f"{row['rate:']} x", f"aim {AIM_RATE} x")
            fact(f"{clients}: logins/s to trust's", f"{row['rate:trust']} x", f"aim {AIM_TRUST} x")
            fact(f"{clients}: PostgreSQL's CPU to SCRAM's", f"{row['postgr.:']} x", f"aim {AIM_CPU} x")
        else:
            aim = AIM_STOCK if way == "stock" else AIM_FAST
            fact(f"{clients}: logins/s to SCRAM's", f"{row['rate:']} x", f"aim {aim} x")


def measure(database, programs, binaries):
    """On servers of the measurement's own: no line of a pg_hba.conf of Countersign's grants `trust`."""
    title("Logins by token beside SCRAM-SHA-256 and trust: TLS with its name verified, new connection each")
    plan = {"rounds": choose(7, 1), "seconds": choose(1.0, 0.2), "clients": choose("1,8,32", "1,8")}
    ports = Ports()
    try:
        settings = (database.server.database_directory(database.resource_id) / "data/countersign.conf").read_text()
        stage = login_servers.Stage(programs, binaries, settings, range(ports.first, ports.last))
        with contextlib.closing(stage):
            for server in stage.servers:
                print(f"-- {server.WAYS[server.way]}", flush=True)
                table = login_servers.measure(server, plan)
                print("\n".join(table), flush=True)
                show_ratios(server.way, table)
            if len(stage.servers) == 1:
                print("Attached servers are left out: they need root, and a mount namespace of their own.")
            exact = "exact, of a control group" if stage.servers[0].cgroup else "as /proc shows it"
    finally:
        ports.release()
    print(f"Medians of {plan['rounds']} interleaved rounds; CPU per login ({exact}). `rate:`, `postgr.:`, `+agent:` "
          "and `rate:trust`\nare ratios within a round, to SCRAM's logins/s, to its CPU in PostgreSQL, to the same "
          "with the agent's added, and to\ntrust's logins/s. The clients run on the same cores.")
