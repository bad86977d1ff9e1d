data "aws_availability_zones" "here" {
  state = "available"
}

data "aws_vpc" "default" {
  default = true
}

resource "aws_vpc" "data" {
  cidr_block           = "10.8.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = "data", stage = var.stage }
}

resource "aws_subnet" "data" {
  count                   = 3
  vpc_id                  = aws_vpc.data.id
  cidr_block              = cidrsubnet(aws_vpc.data.cidr_block, 8, count.index)
  availability_zone       = data.aws_availability_zones.here.names[count.index]
  map_public_ip_on_launch = count.index == 0
  tags                    = { Name = "data-${count.index}", stage = var.stage }
}

resource "aws_security_group" "app" {
  name        = "app"
  description = "what speaks to databases"
  vpc_id      = aws_vpc.data.id
}

resource "aws_security_group" "databases" {
  name        = "databases"
  description = "of databases"
  vpc_id      = aws_vpc.data.id

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "inline" {
  name_prefix = "inline-"
  vpc_id      = aws_vpc.data.id

  ingress {
    description = "PostgreSQL"
    from_port   = 5432
    to_port     = 5432
    protocol    = "tcp"
    cidr_blocks = var.offices
  }
}

resource "aws_vpc_security_group_ingress_rule" "app" {
  security_group_id            = aws_security_group.databases.id
  referenced_security_group_id = aws_security_group.app.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  description                  = var.stage
}

resource "aws_vpc_security_group_egress_rule" "app" {
  security_group_id = aws_security_group.app.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_security_group_rule" "offices" {
  type              = "ingress"
  security_group_id = aws_security_group.databases.id
  protocol          = "tcp"
  from_port         = 5432
  to_port           = 5432
  cidr_blocks       = var.offices
}

resource "aws_ec2_managed_prefix_list" "partners" {
  name           = "partners"
  address_family = "IPv4"
  max_entries    = 5

  dynamic "entry" {
    for_each = var.offices
    content {
      cidr        = entry.value
      description = var.stage
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "partners" {
  security_group_id = aws_security_group.databases.id
  prefix_list_id    = aws_ec2_managed_prefix_list.partners.id
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
}

resource "aws_db_subnet_group" "data" {
  name       = "data"
  subnet_ids = aws_subnet.data[*].id
}

variable "stage" {
  type    = string
  default = "dev"
}

variable "offices" {
  type    = list(string)
  default = ["192.0.2.0/24"]
}

output "default_vpc" {
  value = data.aws_vpc.default.id
}

output "vpc" {
  value = aws_vpc.data.id
}

output "databases" {
  value = aws_security_group.databases.id
}
