"""terraform with the AWS provider: people of IAM Identity Center, permission sets, and who has them."""

import pathlib

from support import aws
from test_terraform import Terraform, needs_terraform

MODULE = pathlib.Path(__file__).parent / "terraform_people"
CHANGED = ("-var", "family_name=Roe", "-var", "session_duration=PT4H")


@needs_terraform
def test_people_are_made_changed_and_taken_away(new_server, tmp_path):
    server = new_server().start()
    server.command("directory", "create")
    terraform = Terraform(server, tmp_path / "people", module=MODULE)
    terraform("init", "-input=false", "-no-color")
    terraform.apply()
    terraform.plan_nothing()
    assert terraform.outputs()["found"] is True
    iam = aws.client(server, "iam")
    role = iam.list_roles(PathPrefix="/aws-reserved/")["Roles"][0]
    attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
    assert {policy["PolicyName"] for policy in attached} == {"IAMReadOnlyAccess", "connect"}
    terraform.apply(*CHANGED)
    terraform.plan_nothing(*CHANGED)
    people = aws.client(server, "identitystore")
    instance = aws.client(server, "sso-admin").list_instances()["Instances"][0]
    user = people.list_users(IdentityStoreId=instance["IdentityStoreId"])["Users"][0]
    assert user["Name"]["FamilyName"] == "Roe" and user["Emails"][0]["Value"] == "jane@example.org"
    terraform("destroy", "-auto-approve", "-input=false", "-no-color", *CHANGED)
    assert iam.list_roles(PathPrefix="/aws-reserved/")["Roles"] == []
