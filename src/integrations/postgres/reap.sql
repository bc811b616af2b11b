-- apono: ends what is past its time on this server, without the bot and without its database.
--
-- To be run again and again by whatever runs SQL here, as the bot's own role; with pg_cron for example each minute:
--     SELECT cron.schedule('apono-reap', '* * * * *', '<the statement below, its quotes doubled>');
-- It is one statement and has to be run outside a transaction: a lock is committed before its sessions are ended, so that
-- nobody comes back in between. What it ended, the bot finds ended. Sessions on replicas are not seen from here.
DO $apono$
DECLARE
    ours record;
    joined record;
    losers oid[];
BEGIN
    FOR ours IN
        SELECT r.oid, r.rolname, substring(said.words FROM '^apono (AR-[0-9]+ of install [a-z2-7]+(?:, login|, lease)?), ') AS whose
        FROM pg_catalog.pg_roles r
        CROSS JOIN LATERAL (SELECT pg_catalog.shobj_description(r.oid, 'pg_authid') AS words) said
        WHERE r.rolname LIKE 'apono\_' || substring(said.words FROM '^apono AR-[0-9]+ of install ([a-z2-7]{8})') || '\_ar%'
          AND (r.rolvaliduntil <= clock_timestamp()
               OR substring(said.words FROM ', until ([-0-9]{10}T[0-9:]{8}[.][0-9]{6}Z)$')::timestamptz <= clock_timestamp())
          AND (r.rolcanlogin
               OR EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = r.oid)
               OR EXISTS (SELECT FROM pg_catalog.pg_auth_members e JOIN pg_catalog.pg_roles m ON m.oid = e.member
                          WHERE e.roleid = r.oid AND m.rolname <> current_user AND NOT m.rolsuper))
    LOOP
        EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL VALID UNTIL %L CONNECTION LIMIT 0', ours.rolname, '-infinity');
        EXECUTE format('COMMENT ON ROLE %I IS %L', ours.rolname, format('apono %s, revoked', ours.whose));
        losers := ARRAY[ours.oid];
        FOR joined IN
            SELECT m.oid, m.rolname FROM pg_catalog.pg_auth_members e JOIN pg_catalog.pg_roles m ON m.oid = e.member
            WHERE e.roleid = ours.oid AND m.rolname <> current_user AND NOT m.rolsuper
        LOOP
            EXECUTE format('REVOKE %I FROM %I', ours.rolname, joined.rolname);
            losers := losers || joined.oid;
        END LOOP;
        COMMIT;
        PERFORM pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usesysid = ANY(losers);
        RAISE NOTICE 'ended %', ours.rolname;
    END LOOP;
END
$apono$;
