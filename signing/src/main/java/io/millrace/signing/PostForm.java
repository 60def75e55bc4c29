package io.millrace.signing;

import java.util.Map;

/** Browser uploads: the policy in a multipart form, in the OSS V1, OSS V4 and SigV4 shapes. */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class PostForm {
    private PostForm() {}

    /** What came of checking a policy's conditions. */
    public sealed interface Conditions {
        record Met() implements Conditions {}

        /** A condition fails or a field is covered by none: AccessDenied with this public text. */
        record Failed(String message) implements Conditions {}

        /** content-length-range: EntityTooSmall / EntityTooLarge. */
        record WrongSize(long size, long min, long max) implements Conditions {}
    }

    /** A claim whose policy can be checked against the form. */
    public interface PostClaim extends Claim {
        /**
         * Checks the policy's conditions.
         *
         * @param bucket the bucket that the request goes to
         * @param size the file's bytes, -1 while unknown (the range is then left unchecked)
         */
        Conditions check(String bucket, long size);

        /**
         * The largest file that content-length-range allows, in bytes; Long.MAX_VALUE without one.
         */
        long maxSize();
    }

    /**
     * The credential of a form.
     *
     * @param fields the form's fields before the file, names in lower case
     * @return a {@link PostClaim}, Anonymous when there is no policy, or Malformed
     */
    public static Credential parse(Map<String, String> fields) {
        throw new UnsupportedOperationException("being written");
    }
}
