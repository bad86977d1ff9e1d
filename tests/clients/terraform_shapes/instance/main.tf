# A DB instance with its groups and, where it is watched, the role of enhanced monitoring.
variable "identifier" {
  type = string
}

variable "engine_version" {
  type = string
}

variable "major_version" {
  type = string
}

variable "allocated_storage" {
  type = number
}

variable "max_allocated_storage" {
  type = number
}

variable "multi_az" {
  type = bool
}

variable "port" {
  type = number
}

variable "watched" {
  type = bool
}

variable "tags" {
  type = map(string)
}

resource "aws_db_subnet_group" "this" {
  name_prefix = "${var.identifier}-"
  description = "${var.identifier} subnet group"
  subnet_ids  = ["subnet-0a1", "subnet-0b2"]
  tags        = merge(var.tags, { Name = var.identifier })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.identifier}-"
  description = "${var.identifier} parameter group"
  family      = "postgres${var.major_version}"
  tags        = merge(var.tags, { Name = var.identifier })

  parameter {
    name  = "log_min_duration_statement"
    value = "500"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role" "monitoring" {
  count = var.watched ? 1 : 0
  name  = "${var.identifier}-monitoring"
  tags  = merge({ Name = "${var.identifier}-monitoring" }, var.tags)
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "monitoring.rds.amazonaws.com" } }]
  })
}

resource "aws_db_instance" "this" {
  identifier               = var.identifier
  engine                   = "postgres"
  engine_version           = var.engine_version
  engine_lifecycle_support = "open-source-rds-extended-support-disabled"
  instance_class           = "db.t4g.large"
  allocated_storage        = var.allocated_storage
  storage_type             = "gp3"
  storage_encrypted        = true

  db_name                             = "app"
  username                            = "complete_postgresql"
  port                                = var.port
  iam_database_authentication_enabled = true
  manage_master_user_password         = true

  vpc_security_group_ids = ["sg-0a1"]
  db_subnet_group_name   = aws_db_subnet_group.this.id
  parameter_group_name   = aws_db_parameter_group.this.id

  multi_az             = var.multi_az
  publicly_accessible  = false
  ca_cert_identifier   = "rds-ca-rsa2048-g1"
  dedicated_log_volume = false

  allow_major_version_upgrade = false
  auto_minor_version_upgrade  = true
  apply_immediately           = false
  maintenance_window          = "Mon:00:00-Mon:03:00"

  copy_tags_to_snapshot     = true
  skip_final_snapshot       = false
  final_snapshot_identifier = "final-${var.identifier}-0a1b2c3d"

  performance_insights_enabled          = var.watched
  performance_insights_retention_period = var.watched ? 7 : null
  backup_retention_period               = 1
  backup_window                         = "03:00-06:00"
  max_allocated_storage                 = var.max_allocated_storage
  monitoring_interval                   = var.watched ? 60 : 0
  monitoring_role_arn                   = var.watched ? aws_iam_role.monitoring[0].arn : null
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]

  deletion_protection      = false
  delete_automated_backups = true

  tags = var.tags
}

output "endpoint" {
  value = { address = aws_db_instance.this.address, port = aws_db_instance.this.port }
}

output "secret_arn" {
  value = aws_db_instance.this.master_user_secret[0].secret_arn
}
