PGPASSWORD="$(aws rds generate-db-auth-token --hostname "$PGHOST" --port "$PGPORT" --region "$AWS_REGION" \
    --username "$PGUSER")" psql -w -A -t -c "SELECT current_user"
