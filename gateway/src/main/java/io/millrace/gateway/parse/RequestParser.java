package io.millrace.gateway.parse;

import io.millrace.gateway.api.BucketSetting;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.Exchange;
import io.millrace.store.buckets.BucketAcl;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** From a request's line and headers to what it asks for. Stateless. */
public final class RequestParser {
    private static final int MAX_PAGE = 1000;

    private final Exchange exchange;
    private final Dialect dialect;
    private final Target target;
    private final Query query;

    private RequestParser(Exchange exchange, Dialect dialect, Target target, Query query) {
        this.exchange = exchange;
        this.dialect = dialect;
        this.target = target;
        this.query = query;
    }

    /**
     * @throws GatewayException for what is malformed, not offered (501) or not allowed here (405)
     */
    public static ObjectRequest parse(
            Exchange exchange, Dialect dialect, Target target, Query query) {
        RequestParser parser = new RequestParser(exchange, dialect, target, query);
        if (target.bucket().isEmpty()) {
            return parser.service();
        }
        if (target.key().isEmpty()) {
            return parser.bucket();
        }
        return new ObjectParser(exchange, dialect, target, query).parse();
    }

    private ObjectRequest service() {
        if (!exchange.method().equals("GET")) {
            throw new GatewayException(ErrorCode.METHOD_NOT_ALLOWED);
        }
        String sub = SubResource.of(query);
        if (!sub.equals(SubResource.NONE)) {
            throw SubResource.notImplemented("GET", sub);
        }
        int max =
                query.number(
                        "max-keys", query.number("max-buckets", MAX_PAGE, 1, 10_000), 1, 10_000);
        String marker = query.text("marker");
        return new ObjectRequest.ListBuckets(
                query.text("prefix"),
                marker.isEmpty() ? query.text("continuation-token") : marker,
                Math.min(max, MAX_PAGE));
    }

    private ObjectRequest bucket() {
        String name = target.bucket();
        String sub = SubResource.of(query);
        return switch (exchange.method()) {
            case "GET" -> getBucket(name, sub);
            case "HEAD" -> {
                if (!sub.equals(SubResource.NONE)) {
                    throw SubResource.notImplemented("HEAD", sub);
                }
                yield new ObjectRequest.HeadBucket(name);
            }
            case "PUT" -> putBucket(name, sub);
            case "DELETE" -> deleteBucket(name, sub);
            case "POST" -> postBucket(name, sub);
            default -> throw new GatewayException(ErrorCode.METHOD_NOT_ALLOWED);
        };
    }

    private ObjectRequest getBucket(String name, String sub) {
        return switch (sub) {
            case SubResource.NONE -> list(name);
            case "versions" -> versions(name);
            case "uploads" -> uploads(name);
            case "location" -> new ObjectRequest.GetBucketLocation(name);
            case "bucketInfo" -> new ObjectRequest.GetBucketInfo(name);
            case "stat" -> new ObjectRequest.GetBucketStat(name);
            case "acl" -> new ObjectRequest.GetBucketAcl(name);
            case "cors" -> new ObjectRequest.GetBucketCors(name);
            default ->
                    new ObjectRequest.GetBucketSetting(
                            name,
                            BucketSetting.of(sub)
                                    .orElseThrow(() -> SubResource.notImplemented("GET", sub)));
        };
    }

    private ObjectRequest putBucket(String name, String sub) {
        return switch (sub) {
            case SubResource.NONE -> {
                String lock = exchange.header("x-amz-bucket-object-lock-enabled");
                if ("true".equalsIgnoreCase(lock)) {
                    throw SubResource.notImplemented("PUT", "object-lock");
                }
                BucketAcl acl = aclHeader();
                yield new ObjectRequest.CreateBucket(name, acl == null ? BucketAcl.PRIVATE : acl);
            }
            case "acl" -> new ObjectRequest.PutBucketAcl(name, aclHeader());
            case "cors" -> new ObjectRequest.PutBucketCors(name);
            default -> throw SubResource.notImplemented("PUT", sub);
        };
    }

    private @Nullable BucketAcl aclHeader() {
        String text = exchange.header(dialect.header("acl"));
        if (text == null) {
            return null;
        }
        return BucketAcl.parse(text)
                .orElseThrow(
                        () ->
                                new GatewayException(
                                                ErrorCode.INVALID_ARGUMENT,
                                                "The ACL must be private, public-read or"
                                                        + " public-read-write.")
                                        .with("ArgumentName", dialect.header("acl"))
                                        .with("ArgumentValue", text));
    }

    private ObjectRequest deleteBucket(String name, String sub) {
        return switch (sub) {
            case SubResource.NONE -> new ObjectRequest.DeleteBucket(name);
            case "cors" -> new ObjectRequest.DeleteBucketCors(name);
            default ->
                    new ObjectRequest.DeleteBucketSetting(
                            name,
                            BucketSetting.of(sub)
                                    .orElseThrow(() -> SubResource.notImplemented("DELETE", sub)));
        };
    }

    private ObjectRequest postBucket(String name, String sub) {
        if (sub.equals("delete")) {
            return new ObjectRequest.DeleteObjects(name, urlEncoded());
        }
        if (!sub.equals(SubResource.NONE)) {
            throw SubResource.notImplemented("POST", sub);
        }
        String type = exchange.header("Content-Type");
        if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
            throw new GatewayException(ErrorCode.METHOD_NOT_ALLOWED);
        }
        return new ObjectRequest.PostObject(name, MultipartForm.boundary(type));
    }

    private ObjectRequest list(String name) {
        String listType = query.get("list-type");
        boolean second = "2".equals(listType);
        if (listType != null && !second) {
            throw new GatewayException(ErrorCode.INVALID_ARGUMENT, "list-type can only be 2.")
                    .with("ArgumentName", "list-type")
                    .with("ArgumentValue", listType);
        }
        String token = second ? query.get("continuation-token") : null;
        String marker = second ? query.text("start-after") : query.text("marker");
        return new ObjectRequest.ListObjects(
                name,
                second ? ObjectRequest.ListForm.V2 : ObjectRequest.ListForm.V1,
                query.text("prefix"),
                query.text("delimiter"),
                token == null ? marker : decodeToken(token),
                marker,
                token,
                page("max-keys"),
                urlEncoded(),
                dialect == Dialect.OSS && !second || query.text("fetch-owner").equals("true"));
    }

    private ObjectRequest versions(String name) {
        String marker = query.text("key-marker");
        return new ObjectRequest.ListObjects(
                name,
                ObjectRequest.ListForm.VERSIONS,
                query.text("prefix"),
                query.text("delimiter"),
                marker,
                marker,
                null,
                page("max-keys"),
                urlEncoded(),
                true);
    }

    private ObjectRequest uploads(String name) {
        return new ObjectRequest.ListUploads(
                name,
                query.text("prefix"),
                query.text("delimiter"),
                query.text("key-marker"),
                query.text("upload-id-marker"),
                Math.min(MAX_PAGE, query.number("max-uploads", MAX_PAGE, 0, Integer.MAX_VALUE)),
                urlEncoded());
    }

    private int page(String parameter) {
        int absent = dialect == Dialect.OSS ? 100 : MAX_PAGE;
        return Math.min(MAX_PAGE, query.number(parameter, absent, 0, Integer.MAX_VALUE));
    }

    private boolean urlEncoded() {
        return urlEncoded(query);
    }

    static boolean urlEncoded(Query query) {
        String type = query.get("encoding-type");
        if (type == null || type.isEmpty()) {
            return false;
        }
        if (!type.equals("url")) {
            throw new GatewayException(ErrorCode.INVALID_ARGUMENT, "encoding-type can only be url.")
                    .with("ArgumentName", "encoding-type")
                    .with("ArgumentValue", type);
        }
        return true;
    }

    /** The continuation token that stands for a place in a list. */
    public static String encodeToken(String after) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(("1" + after).getBytes(StandardCharsets.UTF_8));
    }

    private static String decodeToken(String token) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
            if (text.startsWith("1")) {
                return text.substring(1);
            }
        } catch (IllegalArgumentException e) {
            // Falls through to the refusal.
        }
        throw new GatewayException(
                        ErrorCode.INVALID_ARGUMENT, "The continuation token provided is incorrect")
                .with("ArgumentName", "continuation-token");
    }

    /** Buckets keep no versions: only {@code null} names one. */
    static void checkVersion(@Nullable String versionId) {
        if (versionId != null && !versionId.isEmpty() && !versionId.equals("null")) {
            throw new GatewayException(ErrorCode.ILLEGAL_VERSION)
                    .with("ArgumentName", "versionId")
                    .with("ArgumentValue", versionId);
        }
    }
}
