import {
  to = aws_db_subnet_group.orders
  id = "orders"
}
import {
  to = aws_rds_cluster_parameter_group.orders
  id = "orders-cluster"
}
import {
  to = aws_db_parameter_group.reports
  id = "reports"
}
import {
  to = aws_iam_policy.connect_to_orders
  id = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:policy/databases/connect-to-orders"
}
import {
  to = aws_iam_user.jane
  id = "jane"
}
import {
  to = aws_iam_user_policy_attachment.jane
  id = "jane/arn:aws:iam::${data.aws_caller_identity.current.account_id}:policy/databases/connect-to-orders"
}
import {
  to = aws_iam_user_policy.bob
  id = "bob:reports"
}
import {
  to = aws_iam_group.developers
  id = "developers"
}
import {
  to = aws_iam_group_policy.developers
  id = "developers:reports"
}
import {
  to = aws_iam_role.app
  id = "app"
}
import {
  to = aws_iam_role_policy.app
  id = "app:reports"
}
import {
  to = aws_iam_role_policy_attachment.app
  id = "app/arn:aws:iam::${data.aws_caller_identity.current.account_id}:policy/databases/connect-to-orders"
}
import {
  to = aws_iam_instance_profile.app
  id = "app"
}
import {
  to = aws_rds_cluster.orders
  id = "orders"
}
import {
  to = aws_rds_cluster_instance.orders[0]
  id = "orders-1"
}
import {
  to = aws_db_instance.reports
  id = "reports"
}
