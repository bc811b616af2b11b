-- apono: ends what is past its time on this server, without the bot and without its database.
--
-- To be run again and again by whatever runs SQL here, as the bot's own role; with pg_cron for example each minute:
--     SELECT cron.schedule('apono-reap', '* * * * *', '<the statement below, its quotes doubled>');
-- It is one statement and has to be run outside a transaction: a lock is committed before its sessions are ended, so that
-- nobody comes back in between. What it ended, the bot finds ended. What cannot be ended is a warning in the server's log, and
-- keeps no other. Sessions on replicas are not seen from here.
DO $apono$
DECLARE
    ours record;
    members oid[];
    losers oid[];
    statement text;
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
               OR (EXISTS (SELECT FROM pg_catalog.pg_auth_members e WHERE e.member = r.oid)
                   AND EXISTS (SELECT FROM pg_catalog.pg_auth_members e JOIN pg_catalog.pg_roles m ON m.oid = e.member
                               WHERE e.roleid = r.oid AND m.rolname <> current_user AND NOT m.rolsuper)))
    LOOP
        members := ARRAY(
            SELECT DISTINCT m.oid FROM pg_catalog.pg_auth_members e JOIN pg_catalog.pg_roles m ON m.oid = e.member
            WHERE e.roleid = ours.oid AND m.rolname <> current_user AND NOT m.rolsuper);
        FOR statement IN
            SELECT format('ALTER ROLE %1$I NOLOGIN PASSWORD NULL VALID UNTIL %2$L CONNECTION LIMIT 0; COMMENT ON ROLE %1$I IS %3$L',
                          ours.rolname, '-infinity', format('apono %s, revoked', ours.whose))
            UNION ALL
            SELECT format('REVOKE %I FROM %I', ours.rolname, m.rolname) FROM pg_catalog.pg_roles m WHERE m.oid = ANY(members)
            UNION ALL
            SELECT DISTINCT format('REVOKE %I FROM %I', g.rolname, ours.rolname)
            FROM pg_catalog.pg_auth_members e JOIN pg_catalog.pg_roles g ON g.oid = e.roleid WHERE e.member = ours.oid
        LOOP
            BEGIN
                EXECUTE statement;
            EXCEPTION WHEN OTHERS THEN
                RAISE WARNING 'apono, of %: %', ours.rolname, SQLERRM;
            END;
        END LOOP;
        -- From PostgreSQL 16 on, what somebody else gave stays, without an error: who lost nothing keeps the sessions.
        losers := ours.oid || ARRAY(
            SELECT m FROM unnest(members) m
            WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members e WHERE e.roleid = ours.oid AND e.member = m)
               OR NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members e WHERE e.member = ours.oid));
        COMMIT;
        BEGIN
            PERFORM pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usesysid = ANY(losers);
            RAISE NOTICE 'looked after %', ours.rolname;
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'apono, of the sessions of %: %', ours.rolname, SQLERRM;
        END;
    END LOOP;
END
$apono$;
