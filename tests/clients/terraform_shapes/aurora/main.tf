# An Aurora cluster of Serverless v2 instances, with its groups and an associated role.
variable "name" {
  type = string
}

variable "engine_version" {
  type = string
}

variable "instances" {
  type = map(object({
    instance_class = optional(string, "db.serverless")
    promotion_tier = optional(number)
  }))
}

variable "max_capacity" {
  type = number
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
  name        = var.name
  description = "For Aurora cluster ${var.name}"
  subnet_ids  = ["subnet-0a1", "subnet-0b2", "subnet-0c3"]
  tags        = var.tags
}

resource "aws_iam_role" "import" {
  name = "${var.name}-import"
  tags = var.tags
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "rds.amazonaws.com" } }]
  })
}

resource "aws_rds_cluster" "this" {
  allow_major_version_upgrade         = false
  backtrack_window                    = 0
  cluster_identifier                  = var.name
  copy_tags_to_snapshot               = true
  database_name                       = "shop"
  db_subnet_group_name                = aws_db_subnet_group.this.name
  enabled_cloudwatch_logs_exports     = ["postgresql"]
  engine                              = "aurora-postgresql"
  engine_mode                         = "provisioned"
  engine_version                      = var.engine_version
  engine_lifecycle_support            = "open-source-rds-extended-support-disabled"
  final_snapshot_identifier           = "final-${var.name}"
  iam_database_authentication_enabled = true
  manage_master_user_password         = true
  master_username                     = "root"
  monitoring_interval                 = 0
  port                                = var.port
  preferred_backup_window             = "02:00-03:00"
  preferred_maintenance_window        = "sun:05:00-sun:06:00"
  skip_final_snapshot                 = false
  storage_encrypted                   = true
  storage_type                        = "aurora-iopt1"
  tags                                = var.tags
  vpc_security_group_ids              = ["sg-0a1"]

  serverlessv2_scaling_configuration {
    min_capacity             = 0
    max_capacity             = var.max_capacity
    seconds_until_auto_pause = 3600
  }

  lifecycle {
    ignore_changes = [replication_source_identifier, global_cluster_identifier, snapshot_identifier]
  }
}

resource "aws_rds_cluster_instance" "this" {
  for_each                              = var.instances
  auto_minor_version_upgrade            = true
  cluster_identifier                    = aws_rds_cluster.this.id
  copy_tags_to_snapshot                 = true
  db_subnet_group_name                  = aws_db_subnet_group.this.name
  engine                                = "aurora-postgresql"
  engine_version                        = var.engine_version
  identifier                            = "${var.name}-${each.key}"
  instance_class                        = each.value.instance_class
  monitoring_interval                   = 0
  performance_insights_enabled          = var.watched
  performance_insights_retention_period = var.watched ? 7 : null
  preferred_maintenance_window          = "sun:05:00-sun:06:00"
  promotion_tier                        = each.value.promotion_tier
  tags                                  = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_rds_cluster_role_association" "this" {
  db_cluster_identifier = aws_rds_cluster.this.id
  feature_name          = "s3Import"
  role_arn              = aws_iam_role.import.arn
}

output "endpoint" {
  value = { address = aws_rds_cluster.this.endpoint, port = aws_rds_cluster.this.port }
}

output "secret_arn" {
  value = aws_rds_cluster.this.master_user_secret[0].secret_arn
}
