package io.millrace.store.buckets;

/** Who may use a bucket without signing. */
public enum BucketAcl {
    PRIVATE(0, "private"),
    PUBLIC_READ(1, "public-read"),
    PUBLIC_READ_WRITE(2, "public-read-write");

    /** What it is in a record on disk. */
    final int code;

    private final String text;

    BucketAcl(int code, String text) {
        this.code = code;
        this.text = text;
    }

    /** The canned name that both dialects use. */
    public String text() {
        return text;
    }

    /** The ACL of a canned name; empty when there is none of that name. */
    public static java.util.Optional<BucketAcl> parse(String text) {
        for (BucketAcl acl : values()) {
            if (acl.text.equals(text)) {
                return java.util.Optional.of(acl);
            }
        }
        return java.util.Optional.empty();
    }
}
