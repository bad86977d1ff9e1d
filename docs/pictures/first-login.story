# Make a real PostgreSQL server, with the AWS CLI as it is
eval "$(countersign env)"
aws rds create-db-instance --db-instance-identifier orders --engine postgres \
    --db-instance-class db.t4g.micro --allocated-storage 20 --enable-iam-database-authentication \
    --master-username postgres --master-user-password correct-horse-9 \
    --query DBInstance.DBInstanceStatus --output text
aws rds wait db-instance-available --db-instance-identifier orders
# Its master makes a user for tokens, over verified TLS
eval "$(countersign connect-info orders --user jane_doe --format env)"
PGPASSWORD=correct-horse-9 psql -U postgres -c 'CREATE USER jane_doe' -c 'GRANT rds_iam TO jane_doe'
# A policy says who may connect as her
aws iam create-user --user-name jane --query User.Arn --output text
aws iam put-user-policy --user-name jane --policy-name connect --policy-document '{
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "rds-db:connect",
    "Resource": "arn:aws:rds-db:*:*:dbuser:*/jane_doe"}]}'
read -r JANE_KEY JANE_SECRET <<< "$(aws iam create-access-key --user-name jane \
    --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text)"
# Jane signs a token with her own key: it is the password, for fifteen minutes
export PGPASSWORD="$(AWS_ACCESS_KEY_ID=$JANE_KEY AWS_SECRET_ACCESS_KEY=$JANE_SECRET \
    aws rds generate-db-auth-token --hostname $PGHOST --port $PGPORT --username jane_doe)"
psql -c 'SELECT current_user'
# Without the policy the same token opens nothing, and the client learns no more than on RDS
aws iam delete-user-policy --user-name jane --policy-name connect
psql -c 'SELECT current_user'
# You learn why
countersign logins --last 1
