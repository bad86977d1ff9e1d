# People of IAM Identity Center, what they may do, and where. The instance is there: `countersign directory create`.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "family_name" { default = "Doe" }
variable "session_duration" { default = "PT2H" }

data "aws_ssoadmin_instances" "this" {}
data "aws_caller_identity" "this" {}

locals {
  instance       = data.aws_ssoadmin_instances.this.arns[0]
  identity_store = data.aws_ssoadmin_instances.this.identity_store_ids[0]
}

resource "aws_identitystore_user" "jane" {
  identity_store_id = local.identity_store
  user_name         = "jane"
  display_name      = "Jane ${var.family_name}"
  title             = "Engineer"
  name {
    given_name  = "Jane"
    family_name = var.family_name
  }
  emails {
    value   = "jane@example.org"
    primary = true
  }
  phone_numbers {
    value = "+49 30 1234567"
  }
  addresses {
    country  = "Germany"
    locality = "Berlin"
  }
}

resource "aws_identitystore_group" "analysts" {
  identity_store_id = local.identity_store
  display_name      = "analysts"
  description       = "Who read reports of ${var.family_name}"
}

resource "aws_identitystore_group_membership" "jane" {
  identity_store_id = local.identity_store
  group_id          = aws_identitystore_group.analysts.group_id
  member_id         = aws_identitystore_user.jane.user_id
}

resource "aws_iam_policy" "connect" {
  name = "connect"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "rds-db:connect", Resource = "arn:aws:rds-db:*:*:dbuser:*/reporting" }]
  })
}

resource "aws_ssoadmin_permission_set" "reports" {
  name             = "Reports"
  description      = "Reads reports"
  instance_arn     = local.instance
  session_duration = var.session_duration
  relay_state      = "https://example.org/reports"
  tags             = { team = var.family_name }
}

resource "aws_ssoadmin_permission_set_inline_policy" "reports" {
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.reports.arn
  inline_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "rds:Describe*", Resource = "*" }]
  })
}

resource "aws_ssoadmin_managed_policy_attachment" "reports" {
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.reports.arn
  managed_policy_arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
  depends_on         = [aws_ssoadmin_account_assignment.analysts]
}

resource "aws_ssoadmin_customer_managed_policy_attachment" "reports" {
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.reports.arn
  customer_managed_policy_reference {
    name = aws_iam_policy.connect.name
    path = "/"
  }
}

resource "aws_ssoadmin_permissions_boundary_attachment" "reports" {
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.reports.arn
  permissions_boundary {
    managed_policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
  }
}

resource "aws_ssoadmin_account_assignment" "analysts" {
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.reports.arn
  principal_id       = aws_identitystore_group.analysts.group_id
  principal_type     = "GROUP"
  target_id          = data.aws_caller_identity.this.account_id
  target_type        = "AWS_ACCOUNT"
}

data "aws_identitystore_user" "jane" {
  identity_store_id = local.identity_store
  alternate_identifier {
    unique_attribute {
      attribute_path  = "UserName"
      attribute_value = aws_identitystore_user.jane.user_name
    }
  }
}

data "aws_ssoadmin_permission_set" "reports" {
  instance_arn = local.instance
  name         = aws_ssoadmin_permission_set.reports.name
}

output "found" {
  value = data.aws_identitystore_user.jane.user_id == aws_identitystore_user.jane.user_id && (
  data.aws_ssoadmin_permission_set.reports.arn == aws_ssoadmin_permission_set.reports.arn)
}
