data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  dbuser = join(":", ["arn", data.aws_partition.current.partition, "rds-db", data.aws_region.current.name,
  data.aws_caller_identity.current.account_id, "dbuser"])
}

# Who may connect to the cluster as whom: by its resource id, which never changes.
data "aws_iam_policy_document" "connect_to_orders" {
  statement {
    actions   = ["rds-db:connect"]
    resources = [for user in var.database_users : "${local.dbuser}:${aws_rds_cluster.orders.cluster_resource_id}/${user}"]
  }
}

data "aws_iam_policy_document" "connect_to_reports" {
  statement {
    sid       = "ReadersOf${title(var.stage)}"
    actions   = ["rds-db:connect"]
    resources = ["${local.dbuser}:${aws_db_instance.reports.resource_id}/reader"]
  }
}

data "aws_iam_policy_document" "boundary" {
  statement {
    actions   = ["rds-db:connect", "rds:Describe*", "sts:*"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.current.account_id]
    }
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_policy" "connect_to_orders" {
  name        = "connect-to-orders"
  path        = "/databases/"
  description = "Connect to the orders cluster"
  policy      = data.aws_iam_policy_document.connect_to_orders.json
  tags        = { stage = var.stage }
}

resource "aws_iam_policy" "boundary" {
  name   = "databases-at-most"
  policy = data.aws_iam_policy_document.boundary.json
}

resource "aws_iam_user" "jane" {
  name                 = "jane"
  path                 = "/people/"
  permissions_boundary = aws_iam_policy.boundary.arn
  tags                 = { stage = var.stage }
}

resource "aws_iam_user" "bob" {
  name          = "bob"
  force_destroy = true
  tags          = { stage = var.stage }
}

resource "aws_iam_access_key" "jane" {
  user = aws_iam_user.jane.name
}

resource "aws_iam_user_policy_attachment" "jane" {
  user       = aws_iam_user.jane.name
  policy_arn = aws_iam_policy.connect_to_orders.arn
}

resource "aws_iam_user_policy" "bob" {
  name   = "reports"
  user   = aws_iam_user.bob.name
  policy = data.aws_iam_policy_document.connect_to_reports.json
}

resource "aws_iam_group" "developers" {
  name = "developers"
  path = "/${var.stage}/"
}

resource "aws_iam_group_membership" "developers" {
  name  = "developers"
  group = aws_iam_group.developers.name
  users = var.developers

  depends_on = [aws_iam_user.jane, aws_iam_user.bob]
}

resource "aws_iam_group_policy" "developers" {
  name   = "reports"
  group  = aws_iam_group.developers.name
  policy = data.aws_iam_policy_document.connect_to_reports.json
}

resource "aws_iam_group_policy_attachment" "developers" {
  group      = aws_iam_group.developers.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonRDSReadOnlyAccess"
}

resource "aws_iam_group" "readers" {
  name = "readers"
}

resource "aws_iam_user_group_membership" "bob" {
  user   = aws_iam_user.bob.name
  groups = [aws_iam_group.readers.name]
}

resource "aws_iam_role" "app" {
  name                 = "app"
  description          = var.purpose
  max_session_duration = var.max_session_duration
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = aws_iam_policy.boundary.arn
  tags                 = { stage = var.stage }
}

resource "aws_iam_role_policy" "app" {
  name   = "reports"
  role   = aws_iam_role.app.name
  policy = data.aws_iam_policy_document.connect_to_reports.json
}

resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.connect_to_orders.arn
}

resource "aws_iam_instance_profile" "app" {
  name = "app"
  role = aws_iam_role.app.name
  tags = { stage = var.stage }
}
