package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.parse.XmlReader;
import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.kit.http.Exchange;
import io.millrace.store.uploads.ObjectChecksum;
import io.millrace.store.uploads.ObjectChecksum.Kind;
import java.util.Base64;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * S3's checksums of objects that are made of parts: what a request says of them, and in which
 * words. Source: the S3 user guide, "Checking object integrity".
 */
final class ObjectChecksums {
    private static final String TYPE = "x-amz-checksum-type";

    private ObjectChecksums() {}

    static String header(ChecksumAlgorithm algorithm) {
        return "x-amz-checksum-" + algorithm.name().toLowerCase(Locale.ROOT);
    }

    /** The element that carries it in documents. */
    static String element(ChecksumAlgorithm algorithm) {
        return "Checksum" + algorithm.name();
    }

    /** What the headers say that the object has; null when they say nothing. */
    static @Nullable ObjectChecksum ofObject(Exchange exchange) {
        Kind kind = kind(exchange);
        ObjectChecksum found = null;
        for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
            String text = exchange.header(header(algorithm));
            if (text != null && found != null) {
                throw new GatewayException(
                        ErrorCode.INVALID_REQUEST, "Expecting a single x-amz-checksum- header");
            }
            if (text != null) {
                checkKind(algorithm, kind);
                found = checksum(algorithm, text.strip(), kind);
            }
        }
        if (found == null && kind != null) {
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST,
                    "x-amz-checksum-type says how a checksum is made; send the checksum, too.");
        }
        return found;
    }

    /** {@code base64}, or {@code base64-N} for the checksum of N checksums. */
    private static ObjectChecksum checksum(
            ChecksumAlgorithm algorithm, String text, @Nullable Kind kind) {
        int dash = text.indexOf('-');
        int parts = dash < 0 ? 0 : number(algorithm, text.substring(dash + 1));
        byte[] value = value(algorithm, dash < 0 ? text : text.substring(0, dash));
        if (dash >= 0 && (kind == Kind.FULL_OBJECT || algorithm == ChecksumAlgorithm.CRC64NVME)) {
            throw invalid(algorithm, text);
        }
        return new ObjectChecksum(
                algorithm, value, dash >= 0 ? Kind.COMPOSITE : kind, Math.max(0, parts));
    }

    private static int number(ChecksumAlgorithm algorithm, String text) {
        if (text.length() > 5 || !text.matches("[1-9][0-9]*")) {
            throw invalid(algorithm, text);
        }
        return Integer.parseInt(text);
    }

    /** The checksums that a document names for a part. */
    static Map<ChecksumAlgorithm, byte[]> ofPart(XmlReader.Element part) {
        Map<ChecksumAlgorithm, byte[]> checksums = new EnumMap<>(ChecksumAlgorithm.class);
        for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
            String text = part.child(element(algorithm));
            if (text != null) {
                checksums.put(algorithm, value(algorithm, text.strip()));
            }
        }
        return checksums;
    }

    private static byte[] value(ChecksumAlgorithm algorithm, String base64) {
        try {
            byte[] value = Base64.getDecoder().decode(base64);
            if (value.length == algorithm.bytes()) {
                return value;
            }
        } catch (IllegalArgumentException e) {
            // Falls through to the refusal.
        }
        throw invalid(algorithm, base64);
    }

    private static GatewayException invalid(ChecksumAlgorithm algorithm, String text) {
        return new GatewayException(
                ErrorCode.INVALID_REQUEST,
                "Value for " + header(algorithm) + " is invalid: " + text);
    }

    /**
     * What an upload's beginning says of the checksums to come; given back, since the parts bring
     * them and completing checks them.
     */
    static void begin(Exchange exchange) {
        Kind kind = kind(exchange);
        String algorithm = exchange.header("x-amz-checksum-algorithm");
        if (algorithm == null) {
            if (kind != null) {
                throw new GatewayException(
                        ErrorCode.INVALID_REQUEST,
                        "The x-amz-checksum-type header can only be used with the"
                                + " x-amz-checksum-algorithm header.");
            }
            return;
        }
        // One of the five: VendorHeaders has looked at it.
        checkKind(ChecksumAlgorithm.valueOf(algorithm.toUpperCase(Locale.ROOT)), kind);
        exchange.setHeader("x-amz-checksum-algorithm", algorithm);
        if (kind != null) {
            exchange.setHeader(TYPE, kind.name());
        }
    }

    private static @Nullable Kind kind(Exchange exchange) {
        String text = exchange.header(TYPE);
        if (text == null) {
            return null;
        }
        for (Kind kind : Kind.values()) {
            if (kind.name().equals(text)) {
                return kind;
            }
        }
        throw new GatewayException(
                        ErrorCode.INVALID_ARGUMENT,
                        "x-amz-checksum-type is FULL_OBJECT or COMPOSITE.")
                .with("ArgumentName", TYPE)
                .with("ArgumentValue", text);
    }

    private static void checkKind(ChecksumAlgorithm algorithm, @Nullable Kind kind) {
        boolean never =
                kind == Kind.FULL_OBJECT && !algorithm.combines()
                        || kind == Kind.COMPOSITE && algorithm == ChecksumAlgorithm.CRC64NVME;
        if (never) {
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST,
                    "The "
                            + kind
                            + " checksum type cannot be used with the "
                            + algorithm
                            + " checksum algorithm.");
        }
    }
}
