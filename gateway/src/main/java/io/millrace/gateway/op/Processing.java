package io.millrace.gateway.op;

import io.millrace.access.Caller;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.auth.Guard;
import io.millrace.kit.ClientNetwork;
import io.millrace.kit.http.Exchange;
import io.millrace.media.Asker;
import io.millrace.media.Media;
import io.millrace.media.ObjectName;
import io.millrace.media.ProcessAnswer;
import io.millrace.media.ProcessPlan;
import java.net.InetAddress;
import java.util.List;

/** What GET and POST of a process share: every read and write is allowed before work starts. */
final class Processing {
    /** An IPv6 address in text. */
    private static final int MAX_ADDRESS = 45;

    /** When a worker may be free again. */
    private static final String RETRY_SECONDS = "2";

    private Processing() {}

    static Media media(Call call) {
        Media media = call.services().media();
        if (media == null) {
            throw new GatewayException(
                    ErrorCode.NOT_IMPLEMENTED, "This server does no media processing.");
        }
        return media;
    }

    static ProcessPlan plan(Call call, Media media, String bucket, String key, String process) {
        ProcessPlan plan = media.plan(bucket, key, process);
        for (ObjectName read : plan.reads()) {
            boolean source = read.equals(plan.source());
            (source ? call.guard() : forMore(call))
                    .require("oss:GetObject", read.bucket(), read.key());
        }
        for (ObjectName write : plan.writes()) {
            call.guard().require("oss:PutObject", write.bucket(), write.key());
        }
        return plan;
    }

    /**
     * Who is asked about a watermark. The edge's account stands for viewers whose right is to the
     * source alone, in a query that they write themselves; what is more must be public.
     */
    private static Guard forMore(Call call) {
        return call.caller() instanceof Caller.Service
                ? new Guard(
                        call.services().access(),
                        call.store(),
                        new Caller.Anonymous(),
                        call.exchange())
                : call.guard();
    }

    /**
     * Who waits for the picture, until the client has gone. Strangers are told apart by their
     * addresses; so are an edge's viewers, whose addresses it tells, for its account stands for
     * them all.
     */
    static Asker asker(Call call) {
        Caller caller = call.caller();
        String address = call.exchange().remoteAddress();
        String name =
                switch (caller) {
                    case Caller.Anonymous _ -> "anonymous/" + network(address);
                    case Caller.Service service ->
                            service.id() + "/" + viewer(call.exchange(), address);
                    case Caller.IssuedSession issued -> issued.issuer().id();
                    case Caller.Root _,
                            Caller.User _,
                            Caller.RoleSession _,
                            Caller.DeviceSession _ ->
                            caller.id();
                };
        return new Asker(name, call.exchange()::onClose);
    }

    /** The request is proved to be the edge's: so is what it says of its viewer. */
    private static String viewer(Exchange exchange, String address) {
        List<String> told = exchange.headers("X-Forwarded-For");
        boolean one = told.size() == 1 && told.getFirst().length() <= MAX_ADDRESS;
        return network(one ? told.getFirst() : address);
    }

    /** What counts as one: a host has as many IPv6 addresses as it likes. */
    private static String network(String address) {
        try {
            return ClientNetwork.of(InetAddress.ofLiteral(address)).getHostAddress();
        } catch (IllegalArgumentException e) {
            return address; // no address: whatever it is, it is one name
        }
    }

    /** Media's refusal in the words of the dialect. */
    static GatewayException refusal(ProcessAnswer.Refused refused) {
        ErrorCode code =
                switch (refused.code()) {
                    case "NoSuchKey" -> ErrorCode.NO_SUCH_KEY;
                    case "NoSuchBucket" -> ErrorCode.NO_SUCH_BUCKET;
                    case "NoSuchStyle" -> ErrorCode.NO_SUCH_STYLE;
                    case "InvalidArgument" -> ErrorCode.INVALID_ARGUMENT;
                    case "MissingArgument" -> ErrorCode.MISSING_ARGUMENT;
                    case "ImageTooLarge" -> ErrorCode.IMAGE_TOO_LARGE;
                    case "WatermarkError" -> ErrorCode.WATERMARK_ERROR;
                    case "NotImplemented" -> ErrorCode.NOT_IMPLEMENTED;
                    case "ServiceUnavailable" -> ErrorCode.SLOW_DOWN;
                    case "ExtentStoreUnavailable" -> ErrorCode.EXTENT_STORE_UNAVAILABLE;
                    case "InternalError" -> ErrorCode.INTERNAL;
                    default -> ErrorCode.PROCESS_FAILED;
                };
        GatewayException refusal = new GatewayException(code, refused.message());
        return code == ErrorCode.SLOW_DOWN
                ? refusal.withHeader("Retry-After", RETRY_SECONDS)
                : refusal;
    }
}
