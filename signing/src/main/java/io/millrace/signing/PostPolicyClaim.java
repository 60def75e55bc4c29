package io.millrace.signing;

import io.millrace.signing.VerifyOutcome.Mismatch;
import io.millrace.signing.VerifyOutcome.Verified;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A signed form: the signature covers the policy, the policy covers the form. */
record PostPolicyClaim(
        Form form,
        String accessKeyId,
        @Nullable String securityToken,
        PostPolicy policy,
        @Nullable Scope scope,
        String signature)
        implements PostForm.PostClaim {

    @Override
    public String service() {
        return scope == null ? "" : scope.service();
    }

    @Override
    public String region() {
        return scope == null ? "" : scope.region();
    }

    @Override
    public VerifyOutcome verify(String secret, Instant now) {
        if (!Hashes.same(expected(secret), signature)) {
            return new Mismatch(policy.encoded(), "", signature);
        }
        return now.isAfter(policy.expiration())
                ? new VerifyOutcome.Expired(policy.expiration(), now)
                : new Verified(new Payload.Unsigned());
    }

    private String expected(String secret) {
        if (scope == null) {
            byte[] signature = SigningKeys.sha1(secret).sign(policy.encoded());
            return Base64.getEncoder().encodeToString(signature);
        }
        HmacKey key =
                form == Form.POST_SIGV4
                        ? SigningKeys.aws(secret, scope.date(), scope.region(), scope.service())
                        : SigningKeys.oss(secret, scope.date(), scope.region(), scope.service());
        return Hashes.HEX.formatHex(key.sign(policy.encoded()));
    }

    @Override
    public PostForm.Conditions check(String bucket, Map<String, String> fields, long size) {
        return policy.check(bucket, fields, size);
    }

    @Override
    public long maxSize() {
        return policy.maxSize();
    }

    @Override
    public String toString() {
        return form + "[" + accessKeyId + "]";
    }
}
