package io.millrace.gateway.parse;

import io.millrace.signing.Query;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The query names of signed URLs. They count as such only beside those that make a query a signed
 * one; elsewhere they are names like any other. Each form's own rules (what must be there, once,
 * and not beside an Authorization header) are the signature check's.
 */
final class SigningNames {
    /** A form of signed URL, known by two of its names. */
    private record Form(String mark, String signature, Set<String> names) {
        boolean in(Query query) {
            return query.has(mark) && query.has(signature);
        }
    }

    private static final List<Form> FORMS =
            List.of(
                    new Form(
                            "X-Amz-Algorithm",
                            "X-Amz-Signature",
                            Set.of(
                                    "X-Amz-Algorithm",
                                    "X-Amz-Content-Sha256",
                                    "X-Amz-Credential",
                                    "X-Amz-Date",
                                    "X-Amz-Expires",
                                    "X-Amz-Security-Token",
                                    "X-Amz-Signature",
                                    "X-Amz-SignedHeaders")),
                    // Signature version 2, which the check of signatures refuses with what to do.
                    new Form(
                            "AWSAccessKeyId",
                            "Signature",
                            Set.of(
                                    "AWSAccessKeyId",
                                    "Expires",
                                    "Signature",
                                    "x-amz-security-token")),
                    new Form(
                            "OSSAccessKeyId",
                            "Signature",
                            Set.of("OSSAccessKeyId", "Expires", "Signature", "security-token")),
                    new Form(
                            "x-oss-signature-version",
                            "x-oss-signature",
                            Set.of(
                                    "security-token",
                                    "x-oss-access-key-id",
                                    "x-oss-additional-headers",
                                    "x-oss-credential",
                                    "x-oss-date",
                                    "x-oss-expires",
                                    "x-oss-security-token",
                                    "x-oss-signature",
                                    "x-oss-signature-version")));

    private SigningNames() {}

    /** The names that belong to the signatures that the query carries. */
    static Set<String> of(Query query) {
        Set<String> names = Set.of();
        for (Form form : FORMS) {
            if (form.in(query)) {
                names = names.isEmpty() ? form.names() : union(names, form.names());
            }
        }
        return names;
    }

    private static Set<String> union(Set<String> some, Set<String> more) {
        Set<String> all = new HashSet<>(some);
        all.addAll(more);
        return all;
    }
}
