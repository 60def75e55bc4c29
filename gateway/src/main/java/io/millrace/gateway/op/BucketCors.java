package io.millrace.gateway.op;

import io.millrace.gateway.answer.XmlWriter;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.parse.XmlReader;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.buckets.CorsRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** GET, PUT and DELETE /bucket?cors; both dialects write the rules alike. */
final class BucketCors {
    private static final int MAX_RULES = 100;
    private static final Set<String> METHODS = Set.of("GET", "PUT", "POST", "DELETE", "HEAD");

    private BucketCors() {}

    static void get(Call call, ObjectRequest.GetBucketCors request) {
        Bucket bucket = Existing.bucket(call, request.bucket());
        List<CorsRule> rules = bucket.cors();
        if (rules.isEmpty()) {
            throw new GatewayException(ErrorCode.NO_SUCH_CORS).with("BucketName", request.bucket());
        }
        XmlWriter xml = new XmlWriter().open("CORSConfiguration");
        for (CorsRule rule : rules) {
            xml.open("CORSRule").optional("ID", rule.id());
            rule.allowedOrigins().forEach(origin -> xml.text("AllowedOrigin", origin));
            rule.allowedMethods().forEach(method -> xml.text("AllowedMethod", method));
            rule.allowedHeaders().forEach(header -> xml.text("AllowedHeader", header));
            rule.exposeHeaders().forEach(header -> xml.text("ExposeHeader", header));
            if (rule.maxAgeSeconds() >= 0) {
                xml.text("MaxAgeSeconds", rule.maxAgeSeconds());
            }
            xml.close("CORSRule");
        }
        if (call.dialect() == Dialect.OSS) {
            xml.text("ResponseVary", bucket.corsVary());
        }
        call.sendXml(xml.close("CORSConfiguration").bytes());
    }

    static void put(Call call, ObjectRequest.PutBucketCors request) throws IOException {
        List<CorsRule> rules = new ArrayList<>();
        boolean vary = false;
        for (XmlReader.Element child :
                XmlReader.parse(call.document(), "CORSConfiguration").children()) {
            if (child.name().equals("CORSRule")) {
                rules.add(rule(child));
            } else if (child.name().equals("ResponseVary") && call.dialect() == Dialect.OSS) {
                vary = responseVary(child.text().strip());
            } else {
                throw new GatewayException(
                        ErrorCode.MALFORMED_XML,
                        "A CORSConfiguration has no " + child.name() + ".");
            }
        }
        if (rules.isEmpty() || rules.size() > MAX_RULES) {
            throw new GatewayException(
                    ErrorCode.MALFORMED_XML, "There must be 1 to " + MAX_RULES + " CORS rules.");
        }
        call.store().buckets().setCors(request.bucket(), rules, vary);
        call.exchange().send();
    }

    private static boolean responseVary(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new GatewayException(
                            ErrorCode.MALFORMED_XML, "ResponseVary is true or false.");
        };
    }

    static void delete(Call call, ObjectRequest.DeleteBucketCors request) {
        call.store().buckets().setCors(request.bucket(), List.of());
        call.exchange().status(204).send();
    }

    private static CorsRule rule(XmlReader.Element rule) {
        List<String> origins = rule.texts("AllowedOrigin");
        List<String> methods = rule.texts("AllowedMethod");
        List<String> headers = rule.texts("AllowedHeader");
        if (origins.isEmpty() || methods.isEmpty()) {
            throw new GatewayException(
                    ErrorCode.MALFORMED_XML,
                    "A CORS rule needs at least one AllowedOrigin and one AllowedMethod.");
        }
        for (String method : methods) {
            if (!METHODS.contains(method)) {
                throw new GatewayException(
                        ErrorCode.INVALID_REQUEST,
                        "A CORS rule allows GET, PUT, POST, DELETE or HEAD, not " + method + ".");
            }
        }
        for (String pattern : origins) {
            oneStar(pattern);
        }
        for (String pattern : headers) {
            oneStar(pattern);
        }
        return new CorsRule(
                rule.child("ID"),
                origins,
                methods,
                headers,
                rule.texts("ExposeHeader"),
                maxAge(rule));
    }

    private static void oneStar(String pattern) {
        if (pattern.indexOf('*') != pattern.lastIndexOf('*')) {
            throw new GatewayException(
                    ErrorCode.INVALID_REQUEST, "At most one * is allowed in " + pattern + ".");
        }
    }

    private static int maxAge(XmlReader.Element rule) {
        String text = rule.child("MaxAgeSeconds");
        if (text == null || text.isBlank()) {
            return -1;
        }
        try {
            return Math.clamp(Long.parseLong(text.strip()), 0, 999_999_999);
        } catch (NumberFormatException e) {
            throw new GatewayException(
                    ErrorCode.MALFORMED_XML, "MaxAgeSeconds must be a whole number.");
        }
    }
}
