package io.millrace.gateway.parse;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.RequestedAcl;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a browser's form that ask for something. As with {@link VendorHeaders}, a field of
 * a vendor's that isn't heeded refuses the form. Other fields, such as the name of a button, belong
 * to the page and are passed over, as both vendors do; in the S3 dialect the policy must name them.
 *
 * <p>Sources: S3, "POST Object"; OSS, "PostObject".
 */
public final class FormFields {
    private static final Set<String> HEEDED =
            Set.of(
                    "x-amz-acl",
                    "x-amz-algorithm",
                    "x-amz-checksum-algorithm",
                    "x-amz-checksum-crc32",
                    "x-amz-checksum-crc32c",
                    "x-amz-checksum-crc64nvme",
                    "x-amz-checksum-sha1",
                    "x-amz-checksum-sha256",
                    "x-amz-credential",
                    "x-amz-date",
                    "x-amz-security-token",
                    "x-amz-signature",
                    "x-amz-storage-class",
                    "x-amz-tagging",
                    "x-oss-content-type",
                    "x-oss-credential",
                    "x-oss-date",
                    "x-oss-forbid-overwrite",
                    "x-oss-object-acl",
                    "x-oss-security-token",
                    "x-oss-signature",
                    "x-oss-signature-version",
                    "x-oss-storage-class",
                    "x-oss-tagging",
                    "x-oss-traffic-limit");

    /** Fields without a prefix that both vendors' forms have and this server does not offer. */
    private static final Set<String> REFUSED = Set.of("callback", "callback-var");

    private FormFields() {}

    /**
     * @param fields by lower-case name
     * @throws GatewayException 501 for the first that isn't heeded
     */
    public static void check(Map<String, String> fields, Dialect dialect) {
        fields.forEach(
                (name, value) -> {
                    if (!heeds(name, dialect)) {
                        throw new GatewayException(
                                        ErrorCode.NOT_IMPLEMENTED,
                                        "The form's field "
                                                + name
                                                + " asks for something that this server does not"
                                                + " offer; leave it out if you can do without.")
                                .with("Field", name);
                    }
                    VendorHeaders.checkValue(name, value);
                });
        TrafficLimit.parse(fields.get(VendorHeaders.TRAFFIC_LIMIT));
    }

    private static boolean heeds(String name, Dialect dialect) {
        if (!name.startsWith("x-amz-") && !name.startsWith("x-oss-")) {
            return !REFUSED.contains(name);
        }
        return name.startsWith(dialect.headerPrefix())
                && (HEEDED.contains(name) || name.startsWith("meta-", 6));
    }

    /** What the form says of its object's access. */
    public static RequestedAcl acl(Map<String, String> fields) {
        String canned = null;
        for (String name : List.of("acl", "x-amz-acl", "x-oss-object-acl")) {
            canned = one(canned, fields.get(name), name);
        }
        return canned == null ? RequestedAcl.NONE : new RequestedAcl(canned, List.of());
    }

    private static @Nullable String one(
            @Nullable String before, @Nullable String value, String name) {
        if (before != null && value != null && !before.equals(value)) {
            throw new GatewayException(
                            ErrorCode.INVALID_ARGUMENT, "The form names two ACLs; say one.")
                    .with("ArgumentName", name);
        }
        return value == null ? before : value;
    }
}
