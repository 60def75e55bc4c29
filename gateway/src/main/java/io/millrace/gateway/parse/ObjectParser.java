package io.millrace.gateway.parse;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.Exchange;
import io.millrace.signing.Query;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.uploads.Uploads;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The part of the parser for requests on one object. */
final class ObjectParser {
    private final Exchange exchange;
    private final Dialect dialect;
    private final String bucket;
    private final String key;
    private final Query query;

    ObjectParser(Exchange exchange, Dialect dialect, Target target, Query query) {
        this.exchange = exchange;
        this.dialect = dialect;
        this.bucket = target.bucket();
        this.key = target.key();
        this.query = query;
    }

    ObjectRequest meta() {
        return new ObjectRequest.GetObjectMeta(bucket, key);
    }

    ObjectRequest getAcl() {
        return new ObjectRequest.GetObjectAcl(bucket, key);
    }

    ObjectRequest putAcl() {
        return new ObjectRequest.PutObjectAcl(bucket, key, AclHeaders.ofObject(exchange, dialect));
    }

    ObjectRequest getTagging() {
        return new ObjectRequest.GetObjectTagging(bucket, key);
    }

    ObjectRequest deleteTagging() {
        return new ObjectRequest.DeleteObjectTagging(bucket, key);
    }

    ObjectRequest delete() {
        return new ObjectRequest.DeleteObject(bucket, key, Conditions.write(exchange));
    }

    ObjectRequest process(boolean head) {
        return new ObjectRequest.ProcessObject(
                bucket,
                key,
                query.text("x-oss-process"),
                head,
                exchange.header("Range"),
                exchange.header("If-Range"),
                strictRange(),
                Conditions.read(exchange));
    }

    ObjectRequest read(boolean head) {
        int part = Queries.number(query, "partNumber", 0, 1, Uploads.MAX_PARTS);
        if (part > 0 && exchange.header("Range") != null) {
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot specify both Range header and partNumber query parameter");
        }
        Map<String, String> overrides = Map.of();
        for (Query.Parameter parameter : query.parameters()) {
            if (parameter.name().startsWith("response-") && parameter.value() != null) {
                overrides = overrides.isEmpty() ? new TreeMap<>() : overrides;
                String header = override(parameter.name());
                overrides.put(header, HeaderText.encoded(parameter.name(), parameter.value()));
            }
        }
        return new ObjectRequest.GetObject(
                bucket,
                key,
                head,
                part,
                exchange.header("Range"),
                exchange.header("If-Range"),
                strictRange(),
                Conditions.read(exchange),
                overrides);
    }

    /** Whether a range past the end is 416; OSS gives the whole unless the client asks for that. */
    private boolean strictRange() {
        return dialect == Dialect.S3
                || "standard".equalsIgnoreCase(exchange.header("x-oss-range-behavior"));
    }

    private static String override(String parameter) {
        return switch (parameter) {
            case "response-content-type" -> "Content-Type";
            case "response-content-language" -> "Content-Language";
            case "response-expires" -> "Expires";
            case "response-cache-control" -> "Cache-Control";
            case "response-content-disposition" -> "Content-Disposition";
            case "response-content-encoding" -> "Content-Encoding";
            default ->
                    throw new GatewayException(
                                    ErrorCode.INVALID_ARGUMENT,
                                    "There is no parameter " + parameter + ".")
                            .with("ArgumentName", parameter);
        };
    }

    ObjectRequest put() {
        String source = exchange.header(dialect.header("copy-source"));
        return source == null ? putPlain() : copy(source);
    }

    ObjectRequest uploadPart() {
        int number = Queries.number(query, "partNumber", 0, 1, Uploads.MAX_PARTS);
        if (number == 0) {
            throw new GatewayException(
                    ErrorCode.MISSING_ARGUMENT, "The parameter partNumber is missing.");
        }
        String uploadId = query.text("uploadId");
        String source = exchange.header(dialect.header("copy-source"));
        return source == null
                ? new ObjectRequest.UploadPart(bucket, key, uploadId, number)
                : copyPart(source, uploadId, number);
    }

    private ObjectRequest putPlain() {
        // An OSS signature would not cover it.
        String offset = dialect == Dialect.S3 ? exchange.header("x-amz-write-offset-bytes") : null;
        if (offset != null) {
            Conditions.refuseUnheeded(exchange, false);
        }
        return new ObjectRequest.PutObject(
                bucket,
                key,
                metadata(),
                Conditions.write(exchange),
                offset == null ? -1 : offset(offset));
    }

    private static long offset(String text) {
        long offset = Queries.digits(text);
        if (offset >= 0) {
            return offset;
        }
        throw new GatewayException(
                        ErrorCode.INVALID_ARGUMENT,
                        "x-amz-write-offset-bytes must be a whole number from 0 up.")
                .with("ArgumentName", "x-amz-write-offset-bytes")
                .with("ArgumentValue", text);
    }

    private ObjectMetadata metadata() {
        return MetadataHeaders.of(exchange.headers(), dialect);
    }

    private ObjectRequest copy(String header) {
        CopySource source = CopySource.parse(header, dialect);
        String directive = exchange.header(dialect.header("metadata-directive"));
        boolean replace = "REPLACE".equalsIgnoreCase(directive);
        if (directive != null && !replace && !directive.equalsIgnoreCase("COPY")) {
            throw new GatewayException(
                            ErrorCode.INVALID_ARGUMENT,
                            "The metadata directive must be COPY or REPLACE.")
                    .with("ArgumentName", dialect.header("metadata-directive"))
                    .with("ArgumentValue", directive);
        }
        ObjectMetadata metadata = metadata();
        boolean self = source.bucket().equals(bucket) && source.key().equals(key);
        if (self && !replace && dialect == Dialect.S3) {
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST,
                    "This copy request is illegal because it is trying to copy an object to itself"
                            + " without changing the object's metadata.");
        }
        // Conditions on a copy's destination: forbid-overwrite and the plain conditional headers.
        WriteConditions conditions = Conditions.write(exchange);
        ReadConditions ofSource = Conditions.source(exchange, dialect.headerPrefix());
        return new ObjectRequest.CopyObject(
                bucket,
                key,
                source.bucket(),
                source.key(),
                replace ? metadata : null,
                ofSource,
                conditions);
    }

    private ObjectRequest copyPart(String header, String uploadId, int number) {
        CopySource source = CopySource.parse(header, dialect);
        String range = exchange.header(dialect.header("copy-source-range"));
        long from = 0;
        long length = -1;
        if (range != null) {
            long[] ends = sourceRange(range);
            from = ends[0];
            length = ends[1] - ends[0] + 1;
        }
        return new ObjectRequest.UploadPartCopy(
                bucket,
                key,
                uploadId,
                number,
                source.bucket(),
                source.key(),
                from,
                length,
                Conditions.source(exchange, dialect.headerPrefix()));
    }

    /** A part copy's range has both ends: {@code bytes=first-last}. */
    private long[] sourceRange(String range) {
        int dash = range.indexOf('-');
        if (range.startsWith("bytes=") && dash > 6) {
            long first = Queries.digits(range.substring(6, dash).strip());
            long last = Queries.digits(range.substring(dash + 1).strip());
            if (first >= 0 && last >= first) {
                return new long[] {first, last};
            }
        }
        throw new GatewayException(
                        ErrorCode.INVALID_ARGUMENT,
                        "The source range must be bytes=first-last with both ends.")
                .with("ArgumentName", dialect.header("copy-source-range"))
                .with("ArgumentValue", range);
    }

    ObjectRequest initiateUpload() {
        return new ObjectRequest.InitiateUpload(
                bucket,
                key,
                metadata(),
                Conditions.forbidsOverwrite(exchange),
                RequestParser.urlEncoded(query));
    }

    ObjectRequest listParts() {
        return new ObjectRequest.ListParts(
                bucket,
                key,
                query.text("uploadId"),
                Queries.number(query, "part-number-marker", 0, 0, Integer.MAX_VALUE),
                Math.min(1000, Queries.number(query, "max-parts", 1000, 0, Integer.MAX_VALUE)),
                RequestParser.urlEncoded(query));
    }

    ObjectRequest completeUpload() {
        String all = exchange.header("x-oss-complete-all");
        return new ObjectRequest.CompleteUpload(
                bucket,
                key,
                query.text("uploadId"),
                all != null && all.toLowerCase(Locale.ROOT).equals("yes"),
                RequestParser.urlEncoded(query),
                Conditions.write(exchange));
    }

    ObjectRequest abortUpload() {
        return new ObjectRequest.AbortUpload(bucket, key, query.text("uploadId"));
    }

    ObjectRequest append() {
        return new ObjectRequest.AppendObject(
                bucket, key, Queries.position(query, "position"), metadata());
    }

    ObjectRequest seal() {
        return new ObjectRequest.SealObject(bucket, key, Queries.position(query, "position"));
    }

    ObjectRequest processAndSave() {
        return new ObjectRequest.ProcessAndSave(bucket, key);
    }
}
