package io.millrace.gateway.parse;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.RequestedAcl;
import io.millrace.gateway.api.RequestedAcl.Grant;
import io.millrace.gateway.api.RequestedAcl.Grantee;
import io.millrace.kit.http.Exchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The access that headers ask for: a ready-made list by its name ({@code x-amz-acl}, {@code
 * x-oss-acl}), or S3's {@code x-amz-grant-…} headers, each a list such as {@code id="1",
 * uri="http://…"}.
 */
public final class AclHeaders {
    private static final String GRANT = "x-amz-grant-";

    private AclHeaders() {}

    static RequestedAcl ofBucket(Exchange exchange, Dialect dialect) {
        return of(exchange, dialect, dialect.header("acl"));
    }

    /** What a write says of its object's access. */
    public static RequestedAcl ofObject(Exchange exchange, Dialect dialect) {
        return of(exchange, dialect, dialect == Dialect.OSS ? "x-oss-object-acl" : "x-amz-acl");
    }

    private static RequestedAcl of(Exchange exchange, Dialect dialect, String cannedHeader) {
        String canned = exchange.header(cannedHeader);
        List<Grant> grants = dialect == Dialect.S3 ? grants(exchange.headers()) : List.of();
        if (canned == null && grants.isEmpty()) {
            return RequestedAcl.NONE;
        }
        if (canned != null && !grants.isEmpty()) {
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST,
                    "Specifying both Canned ACLs and Header Grants is not allowed");
        }
        return new RequestedAcl(canned, grants);
    }

    private static List<Grant> grants(List<Map.Entry<String, String>> headers) {
        List<Grant> grants = new ArrayList<>();
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey();
            if (name.regionMatches(true, 0, GRANT, 0, GRANT.length())) {
                String permission =
                        name.substring(GRANT.length()).toUpperCase(Locale.ROOT).replace('-', '_');
                for (String grantee : header.getValue().split(",", -1)) {
                    grants.add(new Grant(grantee(name, grantee.strip()), permission));
                }
            }
        }
        return grants;
    }

    private static Grantee grantee(String header, String text) {
        int equals = text.indexOf('=');
        String value = unquoted(text.substring(equals + 1).strip());
        Grantee grantee =
                equals < 0 || value.isEmpty() ? null : of(text.substring(0, equals), value);
        if (grantee == null) {
            throw new GatewayException(
                            ErrorCode.INVALID_ARGUMENT,
                            "A grant names id=\"…\", uri=\"…\" or emailAddress=\"…\".")
                    .with("ArgumentName", header)
                    .with("ArgumentValue", text);
        }
        return grantee;
    }

    private static @Nullable Grantee of(String kind, String value) {
        return switch (kind.strip().toLowerCase(Locale.ROOT)) {
            case "id" -> new Grantee.User(value);
            case "uri" -> new Grantee.Group(value);
            case "emailaddress" -> new Grantee.Mail(value);
            default -> null;
        };
    }

    private static String unquoted(String text) {
        return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }
}
