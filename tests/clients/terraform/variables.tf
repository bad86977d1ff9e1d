variable "master_password" {
  description = "Of both databases' master users; never in the state, never in a plan."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "master_password_version" {
  description = "Another number, and the passwords are set anew."
  type        = number
  default     = 1
}

variable "stage" {
  description = "A tag of everything."
  type        = string
  default     = "dev"
}

variable "purpose" {
  description = "What the descriptions say."
  type        = string
  default     = "orders, for development"
}

variable "subnet_ids" {
  type    = list(string)
  default = ["subnet-0a1", "subnet-0b2"]
}

variable "instance_class" {
  type    = string
  default = "db.r6g.large"
}

variable "backup_retention_period" {
  type    = number
  default = 3
}

variable "iam_database_authentication" {
  description = "Of which database users log in with tokens."
  type        = object({ orders = bool, reports = bool })
  default     = { orders = true, reports = false }
}

variable "log_min_duration_statement" {
  description = "Statements that take longer are logged, ms."
  type        = number
  default     = 500
}

variable "database_users" {
  description = "Whom jane may become in the orders cluster."
  type        = list(string)
  default     = ["jane_doe"]
}

variable "developers" {
  type    = set(string)
  default = ["jane"]
}

variable "max_session_duration" {
  type    = number
  default = 3600
}
