package io.millrace.gateway.parse;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.store.objects.ObjectMetadata;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a write's headers (or a form's fields) say about the content. */
public final class MetadataHeaders {
    private static final int META = "x-oss-meta-".length();

    private MetadataHeaders() {}

    /** The metadata in a form's fields, which are text rather than bytes. */
    public static ObjectMetadata ofForm(Map<String, String> fields, Dialect dialect) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        fields.forEach(
                (name, value) -> {
                    boolean metadata =
                            name.startsWith(dialect.headerPrefix()) || !name.startsWith("x-");
                    if (metadata && !name.equals("key") && !name.equals("policy")) {
                        headers.add(Map.entry(name, HeaderText.encoded(name, value)));
                    }
                });
        return of(headers, dialect);
    }

    /** Reads the metadata of a put, an append, an initiate or a copy that replaces them. */
    public static ObjectMetadata of(List<Map.Entry<String, String>> headers, Dialect dialect) {
        String contentType = null;
        Map<String, String> system = null;
        Map<String, String> user = null;
        int bytes = 0;
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            String value = HeaderText.checked(name, header.getValue());
            // Only the dialect's own: its signature covers them, the other's could be added
            // unsigned.
            if (name.startsWith("meta-", 6) && name.startsWith(dialect.headerPrefix())) {
                user = user == null ? new TreeMap<>() : user;
                String key = name.substring(META);
                user.merge(key, value, (one, two) -> one + "," + two);
                bytes += size(key) + size(value);
                continue;
            }
            switch (name) {
                case "content-type" -> contentType = value;
                case "cache-control", "content-disposition", "content-language", "expires" -> {
                    system = system == null ? new TreeMap<>() : system;
                    system.put(name, value);
                    bytes += size(name) + size(value);
                }
                case "content-encoding" -> {
                    String encoding = withoutChunking(value);
                    if (encoding != null) {
                        system = system == null ? new TreeMap<>() : system;
                        system.put(name, encoding);
                        bytes += size(name) + size(encoding);
                    }
                }
                default -> {
                    // Says nothing about the content; VendorHeaders has looked at it.
                }
            }
        }
        if (bytes > ObjectMetadata.MAX_BYTES) {
            throw new GatewayException(ErrorCode.METADATA_TOO_LARGE)
                    .with("Size", Integer.toString(bytes))
                    .with("MaxSizeAllowed", Integer.toString(ObjectMetadata.MAX_BYTES));
        }
        if (contentType == null && system == null && user == null) {
            return ObjectMetadata.NONE;
        }
        return new ObjectMetadata(
                contentType, system == null ? Map.of() : system, user == null ? Map.of() : user);
    }

    /**
     * {@code aws-chunked} is how the body was sent, not how the object is encoded; what doesn't
     * name it stays as it came.
     */
    private static @Nullable String withoutChunking(String encoding) {
        if (!encoding.isBlank() && !encoding.toLowerCase(Locale.ROOT).contains("aws-chunked")) {
            return encoding;
        }
        List<String> kept = new ArrayList<>();
        for (String one : Arrays.asList(encoding.split(","))) {
            if (!one.isBlank() && !one.strip().equalsIgnoreCase("aws-chunked")) {
                kept.add(one);
            }
        }
        return kept.isEmpty() ? null : String.join(",", kept).strip();
    }

    private static int size(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7F) {
                return text.getBytes(StandardCharsets.UTF_8).length;
            }
        }
        return text.length();
    }
}
