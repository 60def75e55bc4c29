package io.millrace.gateway.op;

import io.millrace.gateway.answer.XmlWriter;
import io.millrace.gateway.api.BucketSetting;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;

/**
 * Settings that no bucket has yet. Clients look at them in passing, so each gets the answer that
 * its dialect gives for a bucket that was never configured.
 */
final class BucketSettings {
    private static final String NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

    private BucketSettings() {}

    static void get(Call call, ObjectRequest.GetBucketSetting request) {
        boolean oss = call.dialect() == Dialect.OSS;
        BucketSetting setting = request.setting();
        switch (setting) {
            case VERSIONING -> empty(call, "VersioningConfiguration");
            case LOGGING -> empty(call, "BucketLoggingStatus");
            case NOTIFICATION -> empty(call, "NotificationConfiguration");
            case ACCELERATE -> empty(call, "AccelerateConfiguration");
            case REQUEST_PAYMENT ->
                    call.sendXml(
                            new XmlWriter()
                                    .open("RequestPaymentConfiguration", oss ? "" : NAMESPACE)
                                    .text("Payer", "BucketOwner")
                                    .close("RequestPaymentConfiguration")
                                    .bytes());
            case REFERER ->
                    call.sendXml(
                            new XmlWriter()
                                    .open("RefererConfiguration")
                                    .text("AllowEmptyReferer", true)
                                    .open("RefererList")
                                    .close("RefererList")
                                    .close("RefererConfiguration")
                                    .bytes());
            case TAGGING -> {
                if (!oss) {
                    throw missing(setting, request.bucket());
                }
                call.sendXml(
                        new XmlWriter()
                                .open("Tagging")
                                .open("TagSet")
                                .close("TagSet")
                                .close("Tagging")
                                .bytes());
            }
            case PUBLIC_ACCESS_BLOCK -> {
                if (!oss) {
                    throw missing(setting, request.bucket());
                }
                call.sendXml(
                        new XmlWriter()
                                .open("PublicAccessBlockConfiguration")
                                .text("BlockPublicAccess", false)
                                .close("PublicAccessBlockConfiguration")
                                .bytes());
            }
            case ANALYTICS,
                    INTELLIGENT_TIERING,
                    INVENTORY,
                    METRICS,
                    ENCRYPTION,
                    LIFECYCLE,
                    OBJECT_LOCK,
                    OWNERSHIP,
                    POLICY,
                    POLICY_STATUS,
                    REPLICATION,
                    TRANSFER_ACCELERATION,
                    WEBSITE,
                    WORM ->
                    throw missing(setting, request.bucket());
        }
    }

    static void delete(Call call, ObjectRequest.DeleteBucketSetting request) {
        call.exchange().status(204).send();
    }

    private static void empty(Call call, String root) {
        call.sendXml(
                new XmlWriter()
                        .open(root, call.dialect() == Dialect.OSS ? "" : NAMESPACE)
                        .close(root)
                        .bytes());
    }

    private static GatewayException missing(BucketSetting setting, String bucket) {
        ErrorCode code =
                switch (setting) {
                    case ENCRYPTION -> ErrorCode.NO_SUCH_ENCRYPTION;
                    case LIFECYCLE -> ErrorCode.NO_SUCH_LIFECYCLE;
                    case OBJECT_LOCK, WORM -> ErrorCode.NO_SUCH_OBJECT_LOCK;
                    case OWNERSHIP -> ErrorCode.NO_SUCH_OWNERSHIP;
                    case POLICY, POLICY_STATUS -> ErrorCode.NO_SUCH_POLICY;
                    case PUBLIC_ACCESS_BLOCK -> ErrorCode.NO_SUCH_PUBLIC_ACCESS_BLOCK;
                    case REPLICATION -> ErrorCode.NO_SUCH_REPLICATION;
                    case TAGGING -> ErrorCode.NO_SUCH_TAGGING;
                    case WEBSITE -> ErrorCode.NO_SUCH_WEBSITE;
                    case ACCELERATE,
                            ANALYTICS,
                            INTELLIGENT_TIERING,
                            INVENTORY,
                            LOGGING,
                            METRICS,
                            NOTIFICATION,
                            REFERER,
                            REQUEST_PAYMENT,
                            TRANSFER_ACCELERATION,
                            VERSIONING ->
                            ErrorCode.NO_SUCH_CONFIGURATION;
                };
        return new GatewayException(code).with("BucketName", bucket);
    }
}
