package io.millrace.gateway.api;

import java.util.Optional;

/** Settings of buckets that clients ask for and that no bucket has yet. */
public enum BucketSetting {
    ACCELERATE("accelerate"),
    ANALYTICS("analytics"),
    ENCRYPTION("encryption"),
    INTELLIGENT_TIERING("intelligent-tiering"),
    INVENTORY("inventory"),
    LIFECYCLE("lifecycle"),
    LOGGING("logging"),
    METRICS("metrics"),
    NOTIFICATION("notification"),
    OBJECT_LOCK("object-lock"),
    OWNERSHIP("ownershipControls"),
    POLICY("policy"),
    POLICY_STATUS("policyStatus"),
    PUBLIC_ACCESS_BLOCK("publicAccessBlock"),
    REFERER("referer"),
    REPLICATION("replication"),
    REQUEST_PAYMENT("requestPayment"),
    TAGGING("tagging"),
    TRANSFER_ACCELERATION("transferAcceleration"),
    VERSIONING("versioning"),
    WEBSITE("website"),
    WORM("worm");

    private final String parameter;

    BucketSetting(String parameter) {
        this.parameter = parameter;
    }

    /** The query parameter that names the setting. */
    public String parameter() {
        return parameter;
    }

    public static Optional<BucketSetting> of(String parameter) {
        for (BucketSetting setting : values()) {
            if (setting.parameter.equals(parameter)) {
                return Optional.of(setting);
            }
        }
        return Optional.empty();
    }
}
