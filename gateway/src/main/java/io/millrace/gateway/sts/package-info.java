/**
 * The security token service on the object door: Alibaba's RPC API (version 2015-04-01, signed in
 * the RPC or the ACS3 way) and Amazon's Query API (version 2011-06-15, SigV4).
 */
@NullMarked
package io.millrace.gateway.sts;

import org.jspecify.annotations.NullMarked;
