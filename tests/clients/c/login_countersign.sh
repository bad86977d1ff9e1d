PGPASSWORD="$(countersign token --hostname "$PGHOST" --port "$PGPORT" --region "$AWS_REGION" \
    --username "$PGUSER")" ./login
