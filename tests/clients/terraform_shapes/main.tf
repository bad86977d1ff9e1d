# Databases as the modules make them that most people use, with those modules' own defaults: encrypted storage, a
# managed master password, a final snapshot, and the port that everybody has.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {}

variable "major_version" {
  description = "Of the PostgreSQL that is installed."
  type        = string
}

variable "port" {
  description = "Every database asks for it."
  type        = number
  default     = 5432
}

variable "stage" {
  type    = string
  default = "dev"
}

variable "watched" {
  description = "Performance Insights, enhanced monitoring, a standby: what production adds."
  type        = bool
  default     = false
}

module "orders" {
  source                = "./instance"
  identifier            = "orders"
  engine_version        = "${var.major_version}.1"
  major_version         = var.major_version
  port                  = var.port
  allocated_storage     = 20
  max_allocated_storage = var.watched ? 200 : 100
  multi_az              = var.watched
  watched               = var.watched
  tags                  = { stage = var.stage }
}

module "reports" {
  source                = "./instance"
  identifier            = "reports"
  engine_version        = var.major_version
  major_version         = var.major_version
  port                  = var.port
  allocated_storage     = 30
  max_allocated_storage = 0
  multi_az              = false
  watched               = false
  tags                  = { stage = var.stage }
}

module "shop" {
  source         = "./aurora"
  name           = "shop"
  engine_version = var.major_version
  port           = var.port
  instances      = { one = {}, two = { instance_class = "db.r6g.large", promotion_tier = 15 } }
  max_capacity   = var.watched ? 16 : 4
  watched        = var.watched
  tags           = { stage = var.stage }
}

output "endpoints" {
  value = { orders = module.orders.endpoint, reports = module.reports.endpoint, shop = module.shop.endpoint }
}

output "secrets" {
  value = [module.orders.secret_arn, module.reports.secret_arn, module.shop.secret_arn]
}
