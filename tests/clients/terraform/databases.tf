data "aws_rds_engine_version" "aurora" {
  engine       = "aurora-postgresql"
  default_only = true
}

data "aws_rds_engine_version" "postgres" {
  engine       = "postgres"
  default_only = true
}

resource "aws_db_subnet_group" "orders" {
  name        = "orders"
  description = var.purpose
  subnet_ids  = var.subnet_ids
  tags        = { stage = var.stage }
}

resource "aws_rds_cluster_parameter_group" "orders" {
  name        = "orders-cluster"
  family      = data.aws_rds_engine_version.aurora.parameter_group_family
  description = "orders"
  tags        = { stage = var.stage }

  parameter {
    name  = "log_min_duration_statement"
    value = var.log_min_duration_statement
  }
  parameter {
    name         = "max_connections"
    value        = 60
    apply_method = "pending-reboot"
  }
}

resource "aws_db_parameter_group" "reports" {
  name        = "reports"
  family      = data.aws_rds_engine_version.postgres.parameter_group_family
  description = "reports"
  tags        = { stage = var.stage }

  parameter {
    name  = "log_min_duration_statement"
    value = var.log_min_duration_statement
  }
}

resource "aws_rds_cluster" "orders" {
  cluster_identifier                  = "orders"
  engine                              = data.aws_rds_engine_version.aurora.engine
  engine_version                      = data.aws_rds_engine_version.aurora.version_actual
  database_name                       = "orders"
  master_username                     = "postgres"
  master_password_wo                  = var.master_password
  master_password_wo_version          = var.master_password_version
  iam_database_authentication_enabled = var.iam_database_authentication.orders
  db_subnet_group_name                = aws_db_subnet_group.orders.name
  db_cluster_parameter_group_name     = aws_rds_cluster_parameter_group.orders.name
  backup_retention_period             = var.backup_retention_period
  enabled_cloudwatch_logs_exports     = ["iam-db-auth-error", "postgresql"]
  skip_final_snapshot                 = true
  apply_immediately                   = true
  tags                                = { stage = var.stage }
}

resource "aws_rds_cluster_instance" "orders" {
  count                = 2
  identifier           = "orders-${count.index + 1}"
  cluster_identifier   = aws_rds_cluster.orders.id
  engine               = aws_rds_cluster.orders.engine
  instance_class       = var.instance_class
  db_subnet_group_name = aws_rds_cluster.orders.db_subnet_group_name
  promotion_tier       = count.index
  apply_immediately    = true
  tags                 = { stage = var.stage }
}

resource "aws_db_instance" "reports" {
  identifier                          = "reports"
  engine                              = data.aws_rds_engine_version.postgres.engine
  engine_version                      = data.aws_rds_engine_version.postgres.version_actual
  instance_class                      = "db.t4g.micro"
  allocated_storage                   = 20
  db_name                             = "reports"
  username                            = "postgres"
  password_wo                         = var.master_password
  password_wo_version                 = var.master_password_version
  iam_database_authentication_enabled = var.iam_database_authentication.reports
  db_subnet_group_name                = aws_db_subnet_group.orders.name
  parameter_group_name                = aws_db_parameter_group.reports.name
  backup_retention_period             = var.backup_retention_period
  skip_final_snapshot                 = true
  apply_immediately                   = true
  tags                                = { stage = var.stage }
}
