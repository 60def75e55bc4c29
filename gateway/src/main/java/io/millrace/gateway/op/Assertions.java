package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.gateway.parse.AclHeaders;
import io.millrace.kit.http.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * What a client says that is so, whatever it asks for: whose the bucket is, and who may read the
 * object that it makes. Where that isn't so, nothing is done.
 */
final class Assertions {
    private static final String EXPECTED = "x-amz-expected-bucket-owner";
    private static final String EXPECTED_OF_SOURCE = "x-amz-source-expected-bucket-owner";

    private Assertions() {}

    static void check(Call call, ObjectRequest request) {
        Exchange exchange = call.exchange();
        owner(call, EXPECTED, exchange.header(EXPECTED));
        owner(call, EXPECTED, call.query(EXPECTED));
        owner(call, EXPECTED_OF_SOURCE, exchange.header(EXPECTED_OF_SOURCE));
        switch (request) {
            case ObjectRequest.PutObjectAcl ofItself -> {}
            case ObjectRequest.OnObject object when !read(exchange) ->
                    ObjectAcls.require(
                            call, object.bucket(), AclHeaders.ofObject(exchange, call.dialect()));
            case ObjectRequest.OnObject object -> {}
            case ObjectRequest.OnBucket bucket -> {}
            case ObjectRequest.OnService service -> {}
        }
    }

    /** One account has every bucket here. */
    private static void owner(Call call, String name, @Nullable String expected) {
        if (expected != null && !expected.equals(call.owner())) {
            throw new GatewayException(
                    ErrorCode.ACCESS_DENIED,
                    "The bucket belongs to another account than " + name + " says.");
        }
    }

    private static boolean read(Exchange exchange) {
        return exchange.method().equals("GET") || exchange.method().equals("HEAD");
    }
}
