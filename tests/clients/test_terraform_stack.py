"""terraform's aws_cloudformation_stack: created, planned, changed and destroyed."""

import pathlib

import botocore.exceptions
import pytest

from support.aws import client
from test_terraform import Terraform, needs_terraform

MODULE = pathlib.Path(__file__).parent / "terraform_stack"


@needs_terraform
def test_a_stack_by_terraform(server, tmp_path):
    terraform = Terraform(server, tmp_path / "module", module=MODULE)
    terraform("init", "-input=false")
    terraform.apply()
    iam = client(server, "iam")
    user = iam.get_user(UserName="from-terraform")["User"]
    assert user["Path"] == "/first/" and terraform.outputs()["arn"] == user["Arn"]
    assert user["Tags"] == [{"Key": "team", "Value": "payments"}]
    terraform.plan_nothing()
    terraform.apply("-var", "path=/second/")
    changed = iam.get_user(UserName="from-terraform")["User"]
    assert (changed["Path"], changed["UserId"]) == ("/second/", user["UserId"])
    terraform("destroy", "-auto-approve", "-input=false", "-var", "path=/second/")
    with pytest.raises(botocore.exceptions.ClientError, match="NoSuchEntity"):
        iam.get_user(UserName="from-terraform")
