package countersign.testing;

/** An access key; the secret is not shown. */
public record Credentials(String accessKeyId, String secretAccessKey) {
    @Override
    public String toString() {
        return "Credentials[" + accessKeyId + "]";
    }
}
