package io.millrace.gateway.parse;

import io.millrace.gateway.api.BucketSetting;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.Exchange;
import io.millrace.signing.Query;
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
        Choice choice = Choice.of(exchange.method(), target, query);
        checkVersion(query.get("versionId"));
        Endpoint endpoint = choice.endpoint();
        if (!endpoint.isRead()) {
            Conditions.refuseUnheeded(exchange, endpoint.heedsWriteConditions());
        }
        boolean copying = exchange.header(dialect.header("copy-source")) != null;
        VendorHeaders.check(exchange.headers(), dialect, endpoint, copying);
        if (endpoint.heeds(VendorHeaders.TRAFFIC_LIMIT)) {
            TrafficLimit.of(exchange, query);
        }
        return new RequestParser(exchange, dialect, target, query).parse(choice);
    }

    /** Whether the request is on no bucket that there is, but on all or on one to be made. */
    public static boolean makesBucket(String method, Target target, Query query) {
        if (target.bucket().isEmpty()) {
            return true;
        }
        return method.equals("PUT")
                && target.key().isEmpty()
                && query.parameters().stream()
                        .noneMatch(parameter -> SubResources.known(parameter.name()));
    }

    private ObjectRequest parse(Choice choice) {
        String name = target.bucket();
        ObjectParser object = new ObjectParser(exchange, dialect, target, query);
        return switch (choice.endpoint()) {
            case LIST_BUCKETS -> listBuckets();
            case CREATE_BUCKET ->
                    new ObjectRequest.CreateBucket(name, AclHeaders.ofBucket(exchange, dialect));
            case DELETE_BUCKET -> new ObjectRequest.DeleteBucket(name);
            case HEAD_BUCKET -> new ObjectRequest.HeadBucket(name);
            case LIST_OBJECTS, LIST_OBJECTS_V2 -> list(name);
            case LIST_VERSIONS -> versions(name);
            case LIST_UPLOADS -> uploads(name);
            case GET_BUCKET_LOCATION -> new ObjectRequest.GetBucketLocation(name);
            case GET_BUCKET_INFO -> new ObjectRequest.GetBucketInfo(name);
            case GET_BUCKET_STAT -> new ObjectRequest.GetBucketStat(name);
            case GET_BUCKET_ACL -> new ObjectRequest.GetBucketAcl(name);
            case PUT_BUCKET_ACL ->
                    new ObjectRequest.PutBucketAcl(name, AclHeaders.ofBucket(exchange, dialect));
            case GET_BUCKET_CORS -> new ObjectRequest.GetBucketCors(name);
            case PUT_BUCKET_CORS -> new ObjectRequest.PutBucketCors(name);
            case DELETE_BUCKET_CORS -> new ObjectRequest.DeleteBucketCors(name);
            case GET_BUCKET_SETTING ->
                    new ObjectRequest.GetBucketSetting(name, setting(choice.name()));
            case DELETE_BUCKET_SETTING ->
                    new ObjectRequest.DeleteBucketSetting(name, setting(choice.name()));
            case DELETE_OBJECTS -> new ObjectRequest.DeleteObjects(name, deletedEncoded());
            case POST_OBJECT -> postObject(name);
            case GET_OBJECT -> object.read(false);
            case HEAD_OBJECT -> object.read(true);
            case GET_OBJECT_META, HEAD_OBJECT_META -> object.meta();
            case PROCESS_OBJECT -> object.process(false);
            case HEAD_PROCESSED -> object.process(true);
            case PROCESS_AND_SAVE -> object.processAndSave();
            case PUT_OBJECT -> object.put();
            case DELETE_OBJECT -> object.delete();
            case APPEND_OBJECT -> object.append();
            case SEAL_OBJECT -> object.seal();
            case GET_OBJECT_ACL -> object.getAcl();
            case PUT_OBJECT_ACL -> object.putAcl();
            case GET_OBJECT_TAGGING -> object.getTagging();
            case DELETE_OBJECT_TAGGING -> object.deleteTagging();
            case INITIATE_UPLOAD -> object.initiateUpload();
            case UPLOAD_PART -> object.uploadPart();
            case LIST_PARTS -> object.listParts();
            case COMPLETE_UPLOAD -> object.completeUpload();
            case ABORT_UPLOAD -> object.abortUpload();
        };
    }

    private static BucketSetting setting(String name) {
        return BucketSetting.of(name).orElseThrow();
    }

    private ObjectRequest listBuckets() {
        int max =
                Queries.number(
                        query,
                        "max-keys",
                        Queries.number(query, "max-buckets", MAX_PAGE, 1, 10_000),
                        1,
                        10_000);
        String marker = query.text("marker");
        return new ObjectRequest.ListBuckets(
                query.text("prefix"),
                marker.isEmpty() ? query.text("continuation-token") : marker,
                Math.min(max, MAX_PAGE));
    }

    private ObjectRequest postObject(String name) {
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
                Math.min(
                        MAX_PAGE,
                        Queries.number(query, "max-uploads", MAX_PAGE, 0, Integer.MAX_VALUE)),
                urlEncoded());
    }

    private int page(String parameter) {
        int absent = dialect == Dialect.OSS ? 100 : MAX_PAGE;
        return Math.min(MAX_PAGE, Queries.number(query, parameter, absent, 0, Integer.MAX_VALUE));
    }

    private boolean urlEncoded() {
        return urlEncoded(query);
    }

    /** OSS's DeleteMultipleObjects has it as a header. */
    private boolean deletedEncoded() {
        boolean inHeader =
                dialect == Dialect.OSS && isUrl(exchange.header("Encoding-Type"), "Encoding-Type");
        return urlEncoded() || inHeader;
    }

    static boolean urlEncoded(Query query) {
        return isUrl(query.get("encoding-type"), "encoding-type");
    }

    private static boolean isUrl(@Nullable String type, String name) {
        if (type == null || type.isEmpty()) {
            return false;
        }
        if (!type.equals("url")) {
            throw new GatewayException(ErrorCode.INVALID_ARGUMENT, name + " can only be url.")
                    .with("ArgumentName", name)
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
        if (versionId == null || versionId.equals("null")) {
            return;
        }
        if (versionId.isEmpty()) {
            throw new GatewayException(
                            ErrorCode.INVALID_ARGUMENT, "Version id cannot be the empty string")
                    .with("ArgumentName", "versionId")
                    .with("ArgumentValue", "");
        }
        throw new GatewayException(ErrorCode.ILLEGAL_VERSION)
                .with("ArgumentName", "versionId")
                .with("ArgumentValue", versionId);
    }
}
