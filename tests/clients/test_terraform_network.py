"""terraform's resources of networks: applied, seen to need nothing more, changed, and destroyed."""

import pathlib

from support.aws import client
from test_terraform import Terraform, needs_terraform

MODULE = pathlib.Path(__file__).parent / "terraform_network"


def admitted(server, group):
    """Who may reach PostgreSQL by the rules of the group."""
    found, = client(server, "ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    permission, = found["IpPermissions"]
    assert (permission["FromPort"], permission["ToPort"]) == (5432, 5432)
    return [one["CidrIp"] for one in permission["IpRanges"]], len(permission["UserIdGroupPairs"])


@needs_terraform
def test_networks_live_their_lives(server, tmp_path):
    terraform = Terraform(server, tmp_path / "module", module=MODULE)
    terraform("init", "-input=false", "-no-color")
    terraform.apply()
    outputs = terraform.outputs()
    assert admitted(server, outputs["databases"]) == (["192.0.2.0/24"], 1)
    terraform.plan_nothing()
    changed = ["-var=stage=test", '-var=offices=["198.51.100.0/24"]']
    terraform.apply(*changed)
    assert admitted(server, outputs["databases"]) == (["198.51.100.0/24"], 1)
    terraform.plan_nothing(*changed)
    terraform("destroy", "-auto-approve", "-input=false", "-no-color", *changed)
    ec2 = client(server, "ec2")
    assert [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]] == [outputs["default_vpc"]]
    assert len(ec2.describe_security_groups()["SecurityGroups"]) == 1
    assert not client(server, "rds").describe_db_subnet_groups()["DBSubnetGroups"]
