package io.millrace.gateway.api;

import io.millrace.kit.http.Exchange;
import java.util.Locale;
import java.util.Map;

/** The two languages that the object door speaks. */
public enum Dialect {
    OSS("x-oss-"),
    S3("x-amz-");

    private final String headerPrefix;

    Dialect(String headerPrefix) {
        this.headerPrefix = headerPrefix;
    }

    /** What the dialect's own headers begin with. */
    public String headerPrefix() {
        return headerPrefix;
    }

    /** The name of one of the dialect's own headers. */
    public String header(String name) {
        return headerPrefix + name;
    }

    /**
     * Which dialect a request speaks: the form of its signature decides, then its own headers and
     * query; an unsigned request without marks is taken for S3.
     */
    public static Dialect of(Exchange exchange) {
        String authorization = exchange.header("Authorization");
        if (authorization != null) {
            return authorization.startsWith("OSS") ? OSS : S3;
        }
        String query = exchange.rawQuery();
        if (!query.isEmpty()) {
            if (query.contains("X-Amz-") || query.contains("AWSAccessKeyId=")) {
                return S3;
            }
            if (query.contains("OSSAccessKeyId=") || query.contains("x-oss-")) {
                return OSS;
            }
        }
        return byHeaders(exchange);
    }

    private static Dialect byHeaders(Exchange exchange) {
        for (Map.Entry<String, String> header : exchange.headers()) {
            String name = header.getKey();
            if (name.regionMatches(true, 0, OSS.headerPrefix, 0, 6)) {
                return OSS;
            }
            if (name.regionMatches(true, 0, S3.headerPrefix, 0, 6)) {
                return S3;
            }
        }
        String agent = exchange.header("User-Agent");
        boolean ossClient =
                agent != null && agent.toLowerCase(Locale.ROOT).startsWith("aliyun-sdk");
        return ossClient ? OSS : S3;
    }
}
