package io.millrace.gateway.op;

import io.millrace.access.Caller;
import io.millrace.gateway.answer.Answers;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.FormFailure;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.auth.Authenticator;
import io.millrace.gateway.auth.Guard;
import io.millrace.gateway.parse.Conditions;
import io.millrace.gateway.parse.FormFields;
import io.millrace.gateway.parse.MetadataHeaders;
import io.millrace.gateway.parse.MultipartForm;
import io.millrace.gateway.parse.Percent;
import io.millrace.gateway.parse.Target;
import io.millrace.gateway.parse.TrafficLimit;
import io.millrace.kit.http.Exchange;
import io.millrace.signing.Credential;
import io.millrace.signing.PostForm;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.objects.WriteConditions;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * POST /bucket with a form: an upload straight from a browser. The form carries its own signature
 * over a policy; the policy's conditions are checked before the file is read, its size range while.
 */
final class PostObject {
    private PostObject() {}

    static void run(Call call, ObjectRequest.PostObject request) throws IOException {
        MultipartForm form = MultipartForm.read(call.exchange().body(), request.boundary());
        Dialect dialect = dialect(form.fields(), call.dialect());
        if (dialect == call.dialect()) {
            store(call, request, form, dialect);
            return;
        }
        // A browser says with its form alone which dialect it speaks.
        Answers.of(dialect).begin(call.exchange());
        try {
            store(call, request, form, dialect);
        } catch (IOException | RuntimeException e) {
            throw new FormFailure(dialect, e);
        }
    }

    private static void store(
            Call call, ObjectRequest.PostObject request, MultipartForm form, Dialect dialect)
            throws IOException {
        Map<String, String> fields = form.fields();
        Credential credential = PostForm.parse(fields);
        Authenticator.Proof proof = call.services().authenticator().prove(credential, dialect);
        if (!(proof.caller() instanceof Caller.Anonymous) && !call.exchange().proven()) {
            throw new GatewayException(ErrorCode.SLOW_DOWN).withHeader("Retry-After", "1");
        }
        String key = key(form, dialect);
        Guard guard =
                new Guard(call.services().access(), call.store(), proof.caller(), call.exchange());
        guard.require("oss:PutObject", request.bucket(), key);
        SizeRange range = SizeRange.UNBOUNDED;
        if (credential instanceof PostForm.PostClaim claim) {
            // The policy is judged against the key as it will be stored.
            Map<String, String> used = new LinkedHashMap<>(fields);
            used.put("key", key);
            if (claim.form().dialect() == Credential.Dialect.OSS) {
                // Judged is what will be stored, wherever the form says it.
                putType(used, form);
            }
            met(claim.check(request.bucket(), used, -1));
            range = new SizeRange(claim, request.bucket(), used);
        }
        FormFields.check(fields, dialect);
        ObjectAcls.require(call, request.bucket(), FormFields.acl(fields));
        ObjectMetadata metadata = metadata(form, dialect);
        boolean absent = Conditions.forbidsOverwrite(fields.get("x-oss-forbid-overwrite"));
        WriteConditions conditions = absent ? WriteConditions.ABSENT : WriteConditions.NONE;
        PutOutcome outcome =
                call.store()
                        .objects()
                        .put(
                                new io.millrace.store.objects.PutObject(
                                        request.bucket(),
                                        key,
                                        -1,
                                        metadata,
                                        digests(fields),
                                        conditions),
                                new Bounded(file(call, form), range));
        switch (outcome) {
            case PutOutcome.Stored(ObjectInfo info) -> answer(call, dialect, fields, info);
            case PutOutcome.PreconditionFailed(ObjectInfo current) ->
                    throw Refusals.precondition(call, key, conditions, current);
            case PutOutcome.DigestMismatch(String digest, String expected, String actual) ->
                    throw Refusals.digest(digest, expected, actual);
            case PutOutcome.TooLarge(long limit) -> throw Refusals.tooLarge(limit);
            case PutOutcome.IncompleteBody(long expected, long received) ->
                    throw Refusals.incomplete(expected, received);
        }
    }

    private static Dialect dialect(Map<String, String> fields, Dialect ofRequest) {
        for (String name : fields.keySet()) {
            if (name.equals("ossaccesskeyid") || name.startsWith("x-oss-")) {
                return Dialect.OSS;
            }
            if (name.equals("awsaccesskeyid") || name.startsWith("x-amz-")) {
                return Dialect.S3;
            }
        }
        return ofRequest;
    }

    private static String key(MultipartForm form, Dialect dialect) {
        String key = form.fields().get("key");
        if (key == null || key.isEmpty()) {
            throw new GatewayException(
                            ErrorCode.INVALID_ARGUMENT, "The form must have a field named key.")
                    .with("ArgumentName", "key");
        }
        return Target.checkKey(key.replace("${filename}", form.fileName()), dialect);
    }

    private static void met(PostForm.Conditions conditions) {
        switch (conditions) {
            case PostForm.Conditions.Met() -> {}
            case PostForm.Conditions.Failed(String message) ->
                    throw new GatewayException(
                            ErrorCode.ACCESS_DENIED,
                            "Invalid according to Policy: Policy Condition failed: " + message);
            case PostForm.Conditions.WrongSize(long size, long min, long max) ->
                    throw new GatewayException(
                                    size < min
                                            ? ErrorCode.ENTITY_TOO_SMALL
                                            : ErrorCode.ENTITY_TOO_LARGE)
                            .with("ProposedSize", Long.toString(size))
                            .with("MinSizeAllowed", Long.toString(min))
                            .with("MaxSizeAllowed", Long.toString(max));
        }
    }

    private static ObjectMetadata metadata(MultipartForm form, Dialect dialect) {
        Map<String, String> fields = new LinkedHashMap<>(form.fields());
        putType(fields, form);
        return MetadataHeaders.ofForm(fields, dialect);
    }

    /** The file's type: OSS's own field before the common one, and that before the file's part. */
    private static void putType(Map<String, String> fields, MultipartForm form) {
        String ofOss = fields.get("x-oss-content-type");
        if (ofOss != null) {
            fields.put("content-type", ofOss);
        }
        String fileType = form.fileType();
        if (fileType != null) {
            fields.putIfAbsent("content-type", fileType);
        }
    }

    /** The file's bytes, at the rate and with the checksums that the form names. */
    private static InputStream file(Call call, MultipartForm form) throws IOException {
        InputStream file = call.checked(form.file(), form.fields());
        Pace pace = call.pace(TrafficLimit.parse(form.fields().get("x-oss-traffic-limit")));
        Pace ofRequest = call.pace();
        if (pace != null) {
            file = pace.hold(file);
        }
        return ofRequest == null ? file : ofRequest.hold(file);
    }

    private static ExpectedDigests digests(Map<String, String> fields) {
        String md5 = fields.get("content-md5");
        return md5 == null || md5.isEmpty()
                ? ExpectedDigests.NONE
                : ExpectedDigests.NONE.withMd5(Call.Digests.md5(md5));
    }

    private static void answer(
            Call call, Dialect dialect, Map<String, String> fields, ObjectInfo info) {
        Answers answers = Answers.of(dialect);
        Exchange exchange = call.exchange();
        exchange.setHeader("ETag", answers.etag(info.etag()));
        String location = call.location(info.bucket(), info.key());
        String redirect = fields.getOrDefault("success_action_redirect", fields.get("redirect"));
        if (redirect != null && isHttp(redirect)) {
            exchange.status(303).setHeader("Location", withResult(redirect, info)).send();
            return;
        }
        exchange.setHeader("Location", location);
        switch (fields.getOrDefault("success_action_status", "204")) {
            case "200" -> exchange.status(200).send();
            case "201" -> {
                exchange.status(201).setHeader("Content-Type", "application/xml");
                exchange.send(answers.posted(info, location));
            }
            default -> exchange.status(204).send();
        }
    }

    private static boolean isHttp(String url) {
        return (url.startsWith("http://") || url.startsWith("https://"))
                && url.chars().allMatch(c -> c > ' ' && c < 0x7F);
    }

    private static String withResult(String redirect, ObjectInfo info) {
        return redirect
                + (redirect.contains("?") ? "&" : "?")
                + "bucket="
                + Percent.encode(info.bucket())
                + "&key="
                + Percent.encode(info.key())
                + "&etag=%22"
                + info.etag()
                + "%22";
    }

    /** The policy's bounds on the file's size. */
    private static final class SizeRange {
        static final SizeRange UNBOUNDED = new SizeRange(null, "", Map.of());

        private final PostForm.@Nullable PostClaim claim;
        private final String bucket;
        private final Map<String, String> fields;

        SizeRange(PostForm.@Nullable PostClaim claim, String bucket, Map<String, String> fields) {
            this.claim = claim;
            this.bucket = bucket;
            this.fields = fields;
        }

        void soFar(long size) {
            if (claim != null && size > claim.maxSize()) {
                met(claim.check(bucket, fields, size));
            }
        }

        void ended(long size) {
            if (claim != null) {
                met(claim.check(bucket, fields, size));
            }
        }
    }

    /** Fails while the file is read, so that a file of the wrong size is never stored. */
    private static final class Bounded extends FilterInputStream {
        private final SizeRange range;
        private long size;

        Bounded(InputStream in, SizeRange range) {
            super(in);
            this.range = range;
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            count(b < 0 ? -1 : 1);
            return b;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = super.read(into, offset, length);
            count(count);
            return count;
        }

        private void count(int bytes) {
            if (bytes < 0) {
                range.ended(size);
            } else {
                size += bytes;
                range.soFar(size);
            }
        }
    }
}
