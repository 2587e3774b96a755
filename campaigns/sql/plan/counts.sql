SELECT variant, language, count(*) FROM plan GROUP BY variant, language ORDER BY variant, language
