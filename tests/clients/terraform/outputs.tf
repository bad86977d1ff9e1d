output "orders" {
  description = "Where the cluster is, and what its ARNs for rds-db:connect are made of."
  value = {
    host        = aws_rds_cluster.orders.endpoint
    port        = aws_rds_cluster.orders.port
    resource_id = aws_rds_cluster.orders.cluster_resource_id
  }
}

output "reports" {
  value = {
    host        = aws_db_instance.reports.address
    port        = aws_db_instance.reports.port
    resource_id = aws_db_instance.reports.resource_id
  }
}

output "jane" {
  sensitive = true
  value = {
    access_key_id     = aws_iam_access_key.jane.id
    secret_access_key = aws_iam_access_key.jane.secret
  }
}
