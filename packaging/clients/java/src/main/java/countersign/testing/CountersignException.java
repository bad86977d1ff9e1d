package countersign.testing;

/** What the server or a program said. */
public final class CountersignException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String code;

    CountersignException(String message) {
        this(message, "");
    }

    CountersignException(String message, String code) {
        super(message);
        this.code = code;
    }

    CountersignException(String message, Throwable cause) {
        super(message, cause);
        this.code = "";
    }

    /** The API's code, where that refused; empty otherwise. */
    public String code() {
        return code;
    }
}
