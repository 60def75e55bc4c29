package io.millrace.gateway.parse;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The bucket and the key that a request names, decoded once: what is authorised is what is stored.
 * Keys are opaque: dots, double slashes and Unicode forms stay as they were sent.
 *
 * @param bucket empty for a request on the service
 * @param key empty for a request on a bucket
 * @param hostBucket the bucket in the Host header (virtual-host style), or null for path style
 */
public record Target(String bucket, String key, @Nullable String hostBucket) {
    private static final int MAX_KEY_BYTES = 1024;

    /**
     * @param baseDomains lower-case domains below which the first label is a bucket
     */
    public static Target of(
            @Nullable String host, String rawPath, List<String> baseDomains, Dialect dialect) {
        if (!rawPath.startsWith("/")) {
            throw new GatewayException(ErrorCode.INVALID_URI);
        }
        String hostBucket = host == null ? null : hostBucket(host, baseDomains);
        if (hostBucket != null) {
            String key = Percent.decodePath(rawPath.substring(1));
            return new Target(hostBucket, checkKey(key, dialect), hostBucket);
        }
        int slash = rawPath.indexOf('/', 1);
        if (slash < 0) {
            return new Target(Percent.decodePath(rawPath.substring(1)), "", null);
        }
        String bucket = Percent.decodePath(rawPath.substring(1, slash));
        String key = Percent.decodePath(rawPath.substring(slash + 1));
        if (bucket.isEmpty()) {
            throw new GatewayException(ErrorCode.INVALID_BUCKET_NAME);
        }
        return new Target(bucket, checkKey(key, dialect), null);
    }

    private static @Nullable String hostBucket(String host, List<String> baseDomains) {
        if (baseDomains.isEmpty()) {
            return null;
        }
        int colon = host.lastIndexOf(':');
        String name = (colon < 0 ? host : host.substring(0, colon)).toLowerCase(Locale.ROOT);
        for (String base : baseDomains) {
            if (name.length() > base.length() + 1
                    && name.endsWith(base)
                    && name.charAt(name.length() - base.length() - 1) == '.') {
                return name.substring(0, name.length() - base.length() - 1);
            }
        }
        return null;
    }

    /** The key, if it is not too long; also for keys from copy sources and bodies. */
    public static String checkKey(String key, Dialect dialect) {
        if (key.length() > MAX_KEY_BYTES / 4
                && key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES) {
            throw new GatewayException(ErrorCode.KEY_TOO_LONG);
        }
        if (dialect == Dialect.OSS && (key.startsWith("/") || key.startsWith("\\"))) {
            throw new GatewayException(
                    ErrorCode.INVALID_OBJECT_NAME,
                    "An object's name may not begin with a slash or a backslash.");
        }
        return key;
    }
}
