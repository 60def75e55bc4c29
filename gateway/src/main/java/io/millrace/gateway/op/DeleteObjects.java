package io.millrace.gateway.op;

import io.millrace.gateway.answer.Answers;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.parse.Target;
import io.millrace.gateway.parse.XmlReader;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.objects.DeleteOutcome;
import io.millrace.store.space.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * POST /bucket?delete: up to 1,000 keys. Each is authorised by itself: S3 reports the refused ones
 * beside the others, OSS has no place for them and refuses the whole request.
 */
final class DeleteObjects {
    private static final int MAX_KEYS = 1000;

    private DeleteObjects() {}

    static void run(Call call, ObjectRequest.DeleteObjects request) throws IOException {
        Bucket bucket = Existing.bucket(call, request.bucket());
        if (call.caller() instanceof io.millrace.access.Caller.Anonymous) {
            call.guard().require("oss:DeleteObject", request.bucket(), "*");
        }
        XmlReader.Element delete = XmlReader.parseNames(call.document(), "Delete");
        boolean quiet = "true".equalsIgnoreCase(String.valueOf(delete.child("Quiet")).strip());
        List<String> allowed = new ArrayList<>();
        List<Answers.DeleteFailure> failures = new ArrayList<>();
        List<XmlReader.Element> objects = delete.all("Object");
        if (objects.isEmpty() || objects.size() > MAX_KEYS) {
            throw new GatewayException(
                    ErrorCode.MALFORMED_XML, "Name 1 to " + MAX_KEYS + " objects.");
        }
        for (XmlReader.Element object : objects) {
            String key = key(object, call.dialect());
            if (call.guard().allows("oss:DeleteObject", bucket, key)) {
                allowed.add(key);
            } else if (call.dialect() == Dialect.OSS) {
                throw new GatewayException(
                        ErrorCode.ACCESS_DENIED, "You may not delete " + key + ".");
            } else {
                failures.add(
                        new Answers.DeleteFailure(
                                key,
                                ErrorCode.ACCESS_DENIED.code(call.dialect()),
                                ErrorCode.ACCESS_DENIED.message()));
            }
        }
        List<DeleteOutcome> outcomes = call.store().objects().deleteMany(request.bucket(), allowed);
        List<String> deleted = new ArrayList<>();
        for (int i = 0; i < allowed.size(); i++) {
            if (outcomes.get(i) instanceof DeleteOutcome.Failed failed) {
                failures.add(failure(allowed.get(i), failed.failure(), call.dialect()));
            } else {
                // A key that was not there counts as deleted, in both dialects.
                deleted.add(allowed.get(i));
            }
        }
        call.sendXml(
                call.answers()
                        .deleted(quiet ? List.of() : deleted, failures, request.urlEncoded()));
    }

    /** OSS has no place for it and refuses the whole; the same request again is harmless. */
    private static Answers.DeleteFailure failure(
            String key, StoreException failure, Dialect dialect) {
        if (dialect == Dialect.OSS) {
            throw failure;
        }
        ErrorCode code =
                failure.code() == StoreException.Code.BUSY
                        ? ErrorCode.SLOW_DOWN
                        : ErrorCode.INTERNAL;
        return new Answers.DeleteFailure(key, code.code(dialect), code.message());
    }

    private static String key(XmlReader.Element object, Dialect dialect) {
        String key = object.child("Key");
        if (key == null || key.isEmpty()) {
            throw new GatewayException(ErrorCode.MALFORMED_XML, "An object has no key.");
        }
        refuseUnknown(object);
        String version = object.child("VersionId");
        if (version != null && !version.isEmpty() && !version.equals("null")) {
            throw new GatewayException(ErrorCode.ILLEGAL_VERSION);
        }
        return Target.checkKey(key, dialect);
    }

    /** What else is said of an object narrows what is to be deleted. */
    private static void refuseUnknown(XmlReader.Element object) {
        Set<String> seen = new HashSet<>();
        for (XmlReader.Element child : object.children()) {
            switch (child.name()) {
                case "Key", "VersionId" -> {}
                case "ETag", "LastModifiedTime", "Size" ->
                        throw new GatewayException(
                                ErrorCode.NOT_IMPLEMENTED,
                                "Conditional deletes in a batch are not offered.");
                default ->
                        throw new GatewayException(
                                ErrorCode.MALFORMED_XML,
                                "An object to delete has no " + child.name() + ".");
            }
            if (!seen.add(child.name())) {
                throw new GatewayException(
                        ErrorCode.MALFORMED_XML, "An object has two " + child.name() + ".");
            }
        }
    }
}
