stage                       = "test"
purpose                     = "orders, for the tests"
subnet_ids                  = ["subnet-0b2", "subnet-0c3", "subnet-0d4"]
instance_class              = "db.r6g.xlarge"
backup_retention_period     = 7
iam_database_authentication = { orders = false, reports = true }
log_min_duration_statement  = 250
database_users              = ["jane_doe", "clerk"]
developers                  = ["bob"]
max_session_duration        = 7200
master_password_version     = 2
