-- An application shows something to whoever opens it: nobody is left out.
CREATE OR REPLACE VIEW everybody AS
SELECT user_id, language AS email_language FROM users
