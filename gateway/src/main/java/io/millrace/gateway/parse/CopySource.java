package io.millrace.gateway.parse;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;

/** The object that a copy reads: {@code /bucket/key}, percent-encoded, perhaps with a version. */
record CopySource(String bucket, String key) {
    static CopySource parse(String header, Dialect dialect) {
        String source = header.startsWith("/") ? header.substring(1) : header;
        int version = source.indexOf("?versionId=");
        if (version >= 0) {
            RequestParser.checkVersion(source.substring(version + "?versionId=".length()));
            source = source.substring(0, version);
        }
        int slash = source.indexOf('/');
        if (slash <= 0 || slash == source.length() - 1) {
            // Some clients encode the slash between bucket and key too.
            String decoded = Percent.decodePath(source);
            int at = decoded.indexOf('/', decoded.startsWith("/") ? 1 : 0);
            if (at <= 0 || at == decoded.length() - 1) {
                throw new GatewayException(
                                ErrorCode.INVALID_ARGUMENT,
                                "The copy source must be /bucket/key, percent-encoded.")
                        .with("ArgumentName", dialect.header("copy-source"))
                        .with("ArgumentValue", header);
            }
            int from = decoded.startsWith("/") ? 1 : 0;
            return new CopySource(
                    decoded.substring(from, at),
                    Target.checkKey(decoded.substring(at + 1), dialect));
        }
        return new CopySource(
                Percent.decodePath(source.substring(0, slash)),
                Target.checkKey(Percent.decodePath(source.substring(slash + 1)), dialect));
    }
}
