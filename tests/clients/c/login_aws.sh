PGPASSWORD="$(aws rds generate-db-auth-token --hostname "$PGHOST" --port "$PGPORT" --region "$AWS_REGION" \
    --username "$PGUSER")" ./login
