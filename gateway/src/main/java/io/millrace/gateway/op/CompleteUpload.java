package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.parse.Conditions;
import io.millrace.gateway.parse.Queries;
import io.millrace.gateway.parse.XmlReader;
import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.kit.http.Exchange;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.uploads.CompleteOutcome;
import io.millrace.store.uploads.CompleteUpload.PartsEtag;
import io.millrace.store.uploads.ObjectChecksum;
import io.millrace.store.uploads.Uploads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** POST /bucket/key?uploadId: one object of the parts; the upload stays open after any refusal. */
final class CompleteUpload {
    private CompleteUpload() {}

    private static PartsEtag etag(Dialect dialect) {
        return dialect == Dialect.OSS ? PartsEtag.UPPER_CASE_HEX : PartsEtag.DIGESTS;
    }

    static void run(Call call, ObjectRequest.CompleteUpload request) throws IOException {
        // A checksum in the headers is the object's; Content-MD5 is the document's.
        byte[] document = call.uncheckedDocument();
        ObjectChecksum checksum = ObjectChecksums.ofObject(call.exchange());
        List<io.millrace.store.uploads.CompleteUpload.NamedPart> parts =
                request.all() ? List.of() : parts(document, call.dialect());
        var complete =
                new io.millrace.store.uploads.CompleteUpload(
                        request.bucket(),
                        request.key(),
                        request.uploadId(),
                        parts,
                        request.all(),
                        objectDigests(call),
                        request.conditions(),
                        checksum,
                        size(call.exchange()),
                        etag(call.dialect()));
        switch (call.store().uploads().complete(complete)) {
            case CompleteOutcome.Completed(ObjectInfo info) -> {
                if (call.dialect() == Dialect.OSS) {
                    call.exchange().setHeader("x-oss-hash-crc64ecma", info.crc64Text());
                }
                call.sendXml(
                        call.answers()
                                .completed(
                                        request,
                                        info,
                                        call.location(request.bucket(), request.key()),
                                        said(call.exchange())));
            }
            case CompleteOutcome.NoSuchUpload() ->
                    throw UploadPart.noSuchUpload(request.uploadId());
            case CompleteOutcome.InvalidPart(int number) ->
                    throw new GatewayException(ErrorCode.INVALID_PART)
                            .with("UploadId", request.uploadId())
                            .with("PartNumber", Integer.toString(number));
            case CompleteOutcome.InvalidPartOrder(int number) ->
                    throw new GatewayException(ErrorCode.INVALID_PART_ORDER)
                            .with("UploadId", request.uploadId());
            case CompleteOutcome.PartTooSmall(int number, long size, long least) ->
                    throw new GatewayException(ErrorCode.ENTITY_TOO_SMALL)
                            .with("PartNumber", Integer.toString(number))
                            .with("ProposedSize", Long.toString(size))
                            .with("MinSizeAllowed", Long.toString(least));
            case CompleteOutcome.NoParts() ->
                    throw new GatewayException(
                            ErrorCode.MALFORMED_XML,
                            request.all()
                                    ? "The upload has no parts to complete."
                                    : "Name the parts of the upload.");
            case CompleteOutcome.DigestMismatch(String digest, String expected, String actual) ->
                    throw Refusals.digest(digest, expected, actual);
            case CompleteOutcome.SizeMismatch(long expected, long actual) ->
                    throw new GatewayException(
                            ErrorCode.INVALID_REQUEST,
                            "The provided 'x-amz-mp-object-size' header value "
                                    + expected
                                    + " does not match what was computed: "
                                    + actual);
            case CompleteOutcome.PreconditionFailed(ObjectInfo current) ->
                    throw Refusals.precondition(call, request.key(), request.conditions(), current);
        }
    }

    /** What the headers say of the object's size; -1 when they say nothing. */
    private static long size(Exchange exchange) {
        String text = exchange.header("x-amz-mp-object-size");
        if (text == null) {
            return -1;
        }
        long size = Queries.digits(text.strip());
        if (size < 0) {
            throw new GatewayException(
                            ErrorCode.INVALID_ARGUMENT,
                            "x-amz-mp-object-size must be a whole number from 0 up.")
                    .with("ArgumentName", "x-amz-mp-object-size")
                    .with("ArgumentValue", text);
        }
        return size;
    }

    /** The checksum that the client said and that held, to be given back: element and value. */
    private static Map<String, String> said(Exchange exchange) {
        Map<String, String> said = new LinkedHashMap<>();
        for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
            String value = exchange.header(ObjectChecksums.header(algorithm));
            if (value != null) {
                said.put(ObjectChecksums.element(algorithm), value.strip());
            }
        }
        String type = exchange.header("x-amz-checksum-type");
        if (type != null) {
            said.put("ChecksumType", type);
        }
        return said;
    }

    private static io.millrace.store.content.ExpectedDigests objectDigests(Call call) {
        String crc = call.exchange().header("x-oss-hash-crc64ecma");
        return crc == null
                ? io.millrace.store.content.ExpectedDigests.NONE
                : io.millrace.store.content.ExpectedDigests.NONE.withCrc64(Call.Digests.crc64(crc));
    }

    /** In OSS a list of no parts makes an empty object: its SDKs upload an empty file so. */
    private static List<io.millrace.store.uploads.CompleteUpload.NamedPart> parts(
            byte[] document, Dialect dialect) {
        XmlReader.Element root = XmlReader.parse(document, "CompleteMultipartUpload");
        List<XmlReader.Element> elements = root.all("Part");
        boolean empty = dialect == Dialect.OSS && root.children().isEmpty();
        boolean none = elements.isEmpty() && !empty;
        if (none || elements.size() > Uploads.MAX_PARTS) {
            throw new GatewayException(
                    ErrorCode.MALFORMED_XML, "Name 1 to " + Uploads.MAX_PARTS + " parts.");
        }
        List<io.millrace.store.uploads.CompleteUpload.NamedPart> parts =
                new ArrayList<>(elements.size());
        for (XmlReader.Element element : elements) {
            String number = element.child("PartNumber");
            String etag = element.child("ETag");
            if (number == null || etag == null) {
                throw new GatewayException(
                        ErrorCode.MALFORMED_XML, "A part needs its PartNumber and its ETag.");
            }
            try {
                parts.add(
                        new io.millrace.store.uploads.CompleteUpload.NamedPart(
                                Integer.parseInt(number.strip()),
                                Conditions.etag(etag),
                                partChecksums(element)));
            } catch (NumberFormatException e) {
                throw new GatewayException(
                        ErrorCode.MALFORMED_XML, "A PartNumber is a whole number.");
            }
        }
        return parts;
    }

    /** What else is said of a part narrows what may become the object. */
    private static Map<ChecksumAlgorithm, byte[]> partChecksums(XmlReader.Element part) {
        Map<ChecksumAlgorithm, byte[]> checksums = ObjectChecksums.ofPart(part);
        if (part.children().size() != 2 + checksums.size()) {
            throw new GatewayException(
                    ErrorCode.NOT_IMPLEMENTED,
                    "A part has one PartNumber, one ETag and checksums of the kinds CRC32, CRC32C,"
                            + " CRC64NVME, SHA1 and SHA256; leave out what else is said of it.");
        }
        return checksums;
    }
}
